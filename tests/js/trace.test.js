// A moment of a run: what each node shows after k steps is what the steps before k wrote, and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameAt, passAt, phasesOf, reachOf, stepAt } from "../../static/js/trace.js";

const number = (text) => [text, `${text}.0`, "="];
const leaf = (id, name, data) => ({
  id,
  label: name,
  name,
  role: "input",
  op: null,
  operands: [],
  trainable: true,
  shown: { data: number(data) },
});
const product = {
  id: "n1",
  label: "y",
  name: "y",
  role: "operation",
  op: "mul",
  operands: ["n0", "n0"],
  trainable: true,
  shown: { data: number("9") },
};
const edge = (slot, before, after) => ({
  phase: "backward",
  node: "n1",
  operand: "n0",
  slot,
  sign: "pos",
  magnitude: slot + 1,
  shown: { before: number(before), contribution: number("3"), after: number(after) },
});

/** y = x*x; y.backward(); x.data = 5 */
const run = {
  nodes: [leaf("n0", "x", "5"), product],
  steps: [
    { phase: "forward", node: "n1", shown: { data: number("9") } },
    { phase: "seed", node: "n1", sign: "pos", magnitude: 2, shown: { before: number("0"), after: number("1") } },
    edge(0, "0", "3"),
    edge(1, "3", "6"),
    { phase: "update", node: "n0", field: "data", shown: { before: number("3"), after: number("5") } },
  ],
  first_step: 0,
  step_count: 5,
  passes: [{ output: "n1", order: ["n0", "n1"], first: 0, last: 4 }],
};
const face = (cursor, id) => frameAt(run, cursor).faces.get(id);

test("before the first step only leaves have data, and nothing has a gradient", () => {
  assert.deepEqual(face(0, "n0"), { data: number("3"), grad: null, sign: "none", magnitude: 0 });
  assert.deepEqual(face(0, "n1"), { data: null, grad: null, sign: "none", magnitude: 0 });
});

test("each contribution is seen on its own", () => {
  assert.deepEqual(face(2, "n0").grad, null);
  assert.deepEqual(face(3, "n0").grad, number("3"));
  assert.deepEqual(face(4, "n0").grad, number("6"));
  assert.equal(face(4, "n0").magnitude, 2);
});

test("a leaf keeps the number it had until the program writes another", () => {
  assert.deepEqual(
    [0, 4, 5].map((cursor) => face(cursor, "n0").data[0]),
    ["3", "3", "5"],
  );
});

test("the last step done is the one that a frame speaks of", () => {
  assert.equal(frameAt(run, 0).step, null);
  assert.equal(frameAt(run, 2).step.phase, "seed");
});

/** The second pass of a long run: steps 11 to 13, with what the first pass left at the leaf. */
const part = {
  nodes: [
    { ...leaf("n0", "x", "3"), carried: { data: number("3"), grad: number("4"), sign: "pos", magnitude: 1 } },
    product,
  ],
  steps: [run.steps[0], run.steps[1], edge(0, "4", "7")],
  first_step: 10,
  step_count: 20,
  passes: [
    { output: "n2", order: null, first: 0, last: 10 },
    { output: "n1", order: ["n0", "n1"], first: 10, last: 13 },
  ],
};

test("a part of a long run begins with what was there before", () => {
  const seen = (cursor) => frameAt(part, cursor).faces.get("n0").grad[0];
  assert.deepEqual([11, 12, 13].map(seen), ["4", "4", "7"]);
  assert.equal(frameAt(part, 13).pass, 1);
});

test("a part of a long run reaches from its first step to its last", () => {
  assert.deepEqual(reachOf(part), { lowest: 11, highest: 13 });
  assert.deepEqual(reachOf(run), { lowest: 0, highest: 5 });
  assert.equal(stepAt(part, 12).phase, "seed");
  assert.equal(stepAt(part, 10), null);
  assert.equal(stepAt(part, 14), null);
});

test("frames do not change the run", () => {
  const before = JSON.stringify(run);
  frameAt(run, 5);
  frameAt(run, 0);
  assert.equal(JSON.stringify(run), before);
});

test("the pass on screen is the first that is not over, else the last", () => {
  const two = {
    ...run,
    passes: [
      { first: 0, last: 2 },
      { first: 2, last: 4 },
    ],
  };
  assert.deepEqual(
    [0, 2, 3, 4, 5].map((cursor) => passAt(two, cursor)),
    [0, 0, 1, 1, 1],
  );
});

test("phases are stretches of steps", () => {
  assert.deepEqual(phasesOf(run), [
    { phase: "forward", length: 1 },
    { phase: "seed", length: 1 },
    { phase: "backward", length: 2 },
    { phase: "update", length: 1 },
  ]);
});
