import assert from "node:assert/strict";
import { test } from "node:test";
import { coneOf } from "../../static/js/lab/cone.js";

const node = (id, ...operands) => ({ id, operands });

test("everything between a node and the output moves, with the edges that carry it", () => {
  const nodes = [node("n0"), node("n1"), node("n2", "n0", "n1"), node("n3", "n2", "n0")];
  assert.deepEqual(coneOf(nodes, "n0", "n3"), { nodes: ["n0", "n2", "n3"], edges: ["n2.0", "n3.0", "n3.1"] });
  assert.deepEqual(coneOf(nodes, "n2", "n3"), { nodes: ["n2", "n3"], edges: ["n3.0"] });
});

test("a repeated operand has two edges", () => {
  assert.deepEqual(coneOf([node("n0"), node("n1", "n0", "n0")], "n0", "n1").edges, ["n1.0", "n1.1"]);
});

test("what moves beside the output is left out", () => {
  const nodes = [node("n0"), node("n1", "n0"), node("n2", "n0")];
  assert.deepEqual(coneOf(nodes, "n0", "n2").nodes, ["n0", "n2"]);
});

test("without a path both stand alone", () => {
  assert.deepEqual(coneOf([node("n0"), node("n1"), node("n2", "n1")], "n0", "n2"), { nodes: ["n0", "n2"], edges: [] });
});
