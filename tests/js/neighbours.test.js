// From box to box by arrow keys: along edges, and to what lies beside on screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkedTo, listed, neighbour, told, wayOf } from "../../static/js/neighbours.js";

// a -> t -> out, b -> t, c -> out, drawn left to right
const PLACES = new Map([
  ["a", { x: 0, y: 0 }],
  ["b", { x: 0, y: 50 }],
  ["c", { x: 0, y: 100 }],
  ["t", { x: 100, y: 20 }],
  ["out", { x: 200, y: 50 }],
]);
const LINKS = [
  ["a", "t"],
  ["b", "t"],
  ["t", "out"],
  ["c", "out"],
];
const go = (here, way, direction = "LR") => neighbour(PLACES, LINKS, here, way, direction);

test("to the right are users, to the left operands, and what lies straight ahead comes first", () => {
  assert.equal(go("a", "users"), "t");
  assert.equal(go("t", "users"), "out");
  assert.equal(go("out", "users"), null);
  assert.equal(go("t", "operands"), "a");
  assert.equal(go("out", "operands"), "t");
  assert.equal(go("a", "operands"), null);
});

test("up and down lead to what is beside on screen, nearest first", () => {
  assert.equal(go("a", "after"), "b");
  assert.equal(go("b", "before"), "a");
  assert.equal(go("c", "before"), "b");
  assert.equal(go("c", "after"), null);
});

test("boxes at the same height can be reached from each other", () => {
  const row = new Map([
    ["a", { x: 0, y: 0 }],
    ["b", { x: 9, y: 0 }],
  ]);
  assert.equal(neighbour(row, [], "a", "after", "LR"), "b");
  assert.equal(neighbour(row, [], "b", "before", "LR"), "a");
});

test("keys turn with the picture", () => {
  assert.deepEqual(
    ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Enter"].map((key) => wayOf(key, "LR")),
    ["users", "operands", "before", "after", undefined],
  );
  assert.deepEqual(
    ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"].map((key) => wayOf(key, "TB")),
    ["after", "before", "operands", "users"],
  );
});

test("in a picture from top to bottom, beside is to the left and to the right", () => {
  const turned = new Map([...PLACES].map(([key, { x, y }]) => [key, { x: y, y: x }]));
  assert.equal(neighbour(turned, LINKS, "a", "after", "TB"), "b");
  assert.equal(neighbour(turned, LINKS, "t", "operands", "TB"), "a");
});

test("an operand that is used twice is told twice", () => {
  const twice = [
    ["x", "y"],
    ["x", "y"],
  ];
  assert.deepEqual(linkedTo(twice, "y", "operands"), ["x", "x"]);
  assert.equal(told(["x", "x"], []), "from x and x");
});

test("where a box stands is said in words", () => {
  assert.equal(told(["a", "b"], ["d"]), "from a and b; to d");
  assert.equal(told([], ["d", "e", "f"]), "a leaf; to d, e and f");
  assert.equal(listed([]), "");
});

test("an operand beside a box comes before one that is straight ahead and far away", () => {
  const places = new Map([
    ["d", { x: 500, y: 60 }],
    ["c", { x: 300, y: 20 }],
    ["a", { x: 0, y: 70 }],
  ]);
  const links = /** @type {[string, string][]} */ ([
    ["c", "d"],
    ["a", "d"],
  ]);
  assert.equal(neighbour(places, links, "d", "operands", "LR"), "c");
});
