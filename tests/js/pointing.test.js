// A step marks its operand where its own piece of the program uses it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { usedAt } from "../../static/js/pointing.js";

const input = (id, name, from) => made(id, name, [], [from, from + name.length]);
const made = (id, name, operands, [from, to]) => ({
  id,
  name,
  label: name ?? id,
  operands,
  shown: {},
  span: span(from, to),
});
function span(from, to) {
  return { line: 1, column: from, end_line: 1, end_column: to };
}
const marked = (source, nodes, step) =>
  usedAt({ source, nodes, steps: [], first_step: 0 }, { phase: "backward", ...step });

test("a name is marked in the piece that uses it, not where it comes up first", () => {
  const source = "c = a*b; d = c + a";
  const nodes = [input("n0", "a", 4), input("n1", "b", 6), made("n2", "c", ["n0", "n1"], [4, 7])];
  nodes.push(made("n3", "d", ["n2", "n0"], [13, 18]));
  assert.deepEqual(marked(source, nodes, { node: "n3", operand: "n0", slot: 1 }), [17, 18]);
  assert.deepEqual(marked(source, nodes, { node: "n3", operand: "n2", slot: 0 }), [13, 14]);
  assert.deepEqual(marked(source, nodes, { node: "n2", operand: "n0", slot: 0 }), [4, 5]);
});

test("of two occurrences each slot has its own", () => {
  const nodes = [input("n0", "x", 4), made("n1", "y", ["n0", "n0"], [4, 7])];
  assert.deepEqual(marked("y = x*x", nodes, { node: "n1", operand: "n0", slot: 0 }), [4, 5]);
  assert.deepEqual(marked("y = x*x", nodes, { node: "n1", operand: "n0", slot: 1 }), [6, 7]);
});

test("an occurrence within another operand is not that of the node", () => {
  const nodes = [input("n0", "a", 4), input("n1", "b", 8), made("n2", null, ["n0", "n1"], [4, 9])];
  nodes.push(made("n3", "y", ["n2", "n0"], [4, 13]));
  assert.deepEqual(marked("y = a + b + a", nodes, { node: "n3", operand: "n0", slot: 1 }), [12, 13]);
  assert.deepEqual(marked("y = a + b + a", nodes, { node: "n3", operand: "n2", slot: 0 }), [4, 9]);
});

test("versions and items of a tensor are marked where its name stands", () => {
  const version = [input("n0", "x@2", 30), made("n1", "y", ["n0"], [4, 7])];
  assert.deepEqual(marked("y = x*3", version, { node: "n1", operand: "n0", slot: 0 }), [4, 5]);
  const item = [input("n0", "w[0,1]", 30), made("n1", "y", ["n0"], [4, 9])];
  assert.deepEqual(marked("y = x @ w", item, { node: "n1", operand: "n0", slot: 0 }), [8, 9]);
  assert.deepEqual(
    marked("y = w[0,1] * 2", [item[0], made("n1", "y", ["n0"], [4, 14])], { node: "n1", operand: "n0" }),
    [4, 10],
  );
});

test("parts of words and members do not count, and a piece without the name marks nothing in it", () => {
  const nodes = [input("n0", "a", 4), made("n1", "y", ["n0"], [7, 22])];
  assert.deepEqual(marked("a = 2; y = tanh(s.a) + b.a*aa", nodes, { node: "n1", operand: "n0", slot: 0 }), null);
  assert.equal(usedAt({ source: "y = x", nodes }, null), null);
});
