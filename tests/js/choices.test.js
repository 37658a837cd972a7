import assert from "node:assert/strict";
import { test } from "node:test";
import { choicesAmong } from "../../static/js/lab/form.js";

const constant = (id, label) => ({ id, name: null, label, role: "constant", operands: [], expression: null });
const operation = (id, name, expression, ...operands) => ({
  id,
  name,
  label: name ?? expression,
  role: "operation",
  operands,
  expression,
});

test("a constant says where it is used", () => {
  const two = constant("n0", "2.0");
  const y = operation("n1", "y", "2.0 * x", "n0");
  assert.deepEqual([...choicesAmong([two], [two, y], "").values()], ["2.0 in y = 2.0 * x"]);
  const inner = operation("n1", null, "2.0 * x", "n0");
  assert.deepEqual([...choicesAmong([two], [two, inner], "").values()], ["2.0 in 2.0 * x"]);
});

test("constants of the same text come once, unless another is chosen", () => {
  const twos = [constant("n0", "2.0"), constant("n2", "2.0")];
  const all = [...twos, operation("n1", null, "x**2.0", "n0"), operation("n3", null, "x**2.0", "n2")];
  assert.deepEqual([...choicesAmong(twos, all, "").keys()], [twos[0]]);
  assert.deepEqual([...choicesAmong(twos, all, "n2").keys()], twos);
});

test("of very many constants a few are listed, and every other node", () => {
  const constants = Array.from({ length: 100 }, (_, k) => constant(`n${k}`, String(k)));
  const operations = Array.from({ length: 100 }, (_, k) => operation(`m${k}`, `y${k}`, "x", `n${k}`));
  const found = choicesAmong([...operations, ...constants], [...constants, ...operations], "n99");
  assert.equal(found.size, 113);
  assert.equal(found.get(constants[99]), "99 in y99 = x");
});
