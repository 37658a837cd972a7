// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf, viewOf } from "../../static/js/address.js";
import { linkOf, tracedOf } from "../../static/js/lab/predict.js";
import { counted, scoreOf, scoreText } from "../../static/js/lab/score.js";

test("a score grows by one question at a time, and a row ends with a slip", () => {
  let score = "";
  for (const isRight of [true, true, false, true]) score = counted(score, isRight);
  assert.deepEqual(scoreOf(score), { right: 3, asked: 4, streak: 1 });
});

test("an address that holds no score is none", () => {
  for (const text of ["", "1", "1.2", "2.1.0", "1.1.2", "a.b.c", "1.2.3.4", "-1.2.0", "999999.999999.1"])
    assert.deepEqual(scoreOf(text), { right: 0, asked: 0, streak: 0 });
});

test("a score is said in words", () => {
  assert.match(scoreText(""), /^No score yet/);
  assert.equal(scoreText("1.1.1"), "Score: 1 of 1 right at the first try.");
  assert.equal(scoreText("5.7.3"), "Score: 5 of 7 right at the first try, 3 in a row.");
});

const NODES = [
  { id: "n0", operands: [] },
  { id: "n1", operands: [] },
  { id: "n2", operands: ["n0", "n1"] },
];
const STATE = /** @type {any} */ ({ run: { nodes: NODES } });

test("the picture marks the edge that is asked, and all that its number needs", () => {
  const question = { node: "n2", slot: 1, phase: "backward" };
  assert.deepEqual(tracedOf(STATE, question), { nodes: ["n2", "n0", "n1"], edges: ["n2.1"] });
});

test("the picture marks all operands of a value that is asked, and nothing where the edge is to be found", () => {
  const value = { node: "n2", slot: null, phase: "forward" };
  assert.deepEqual(tracedOf(STATE, value), { nodes: ["n2", "n0", "n1"], edges: ["n2.0", "n2.1"] });
  assert.equal(tracedOf(STATE, { node: null, slot: null, phase: "backward" }), null);
  assert.equal(tracedOf(STATE, { node: "n2", slot: null, phase: "seed" }), null);
});

test("the address for a class has the exercise from its start, and nobody's score", () => {
  const state = /** @type {any} */ ({
    source: "c = a*b", inputs: { a: "2", b: "-3" }, fixed: ["b"], step: 4, direction: null, style: "compact",
    constants: "inline", open: null, grain: "node", look: "n2",
    settings: { level: "3", seed: "7", ask: "sign", score: "2.3.1" },
  }); // biome-ignore format: a state
  const [query, fragment] = linkOf(state).slice(1).split("#");
  assert.deepEqual({ ...placeOf(query)?.inputs }, { a: "2", b: "-3" });
  assert.deepEqual([placeOf(query)?.step, placeOf(query)?.fixed], [0, ["b"]]);
  assert.deepEqual({ ...viewOf(fragment).settings }, { level: "3", seed: "7", ask: "sign" });
  assert.deepEqual([viewOf(fragment).lab, viewOf(fragment).look], ["predict", null]);
});
