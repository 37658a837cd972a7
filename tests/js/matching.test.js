// Who is who after the program changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { matched } from "../../static/js/matching.js";

const leaf = (id, name) => ({ id, name, label: name, role: "input", op: null, expression: null });
const made = (id, name, op, expression, label = name) => ({ id, name, label, role: "operation", op, expression });
const pairs = (before, after) => Object.fromEntries(matched(before, after));

test("names outlive an inserted line that shifts all ids", () => {
  const before = [leaf("n0", "a"), leaf("n1", "b"), made("n2", "c", "mul", "a * b")];
  const after = [leaf("n0", "z"), leaf("n1", "a"), leaf("n2", "b"), made("n3", "c", "mul", "a * b")];
  assert.deepEqual(pairs(before, after), { n1: "n0", n2: "n1", n3: "n2" });
});

test("a nameless node is known by what it computes, though its label is another one", () => {
  const before = [leaf("n0", "a"), made("n1", null, "tanh", "tanh(a)", "t1")];
  const after = [leaf("n0", "a"), made("n1", null, "exp", "exp(a)", "t1"), made("n2", null, "tanh", "tanh(a)", "t2")];
  assert.deepEqual(pairs(before, after), { n0: "n0", n2: "n1" });
});

test("a name stays the same node when it is computed otherwise", () => {
  const before = [made("n2", "c", "mul", "a * b")];
  assert.deepEqual(pairs(before, [made("n4", "c", "add", "a + b")]), { n4: "n2" });
});

test("an edited operand keeps its user by label and operation", () => {
  const before = [made("n1", null, "tanh", "tanh(a * 2)", "t1")];
  assert.deepEqual(pairs(before, [made("n1", null, "tanh", "tanh(a * 3)", "t1")]), { n1: "n1" });
});

test("no two nodes come from the same one", () => {
  const twice = (k) => made(k, null, "mul", "a * a", "t");
  const found = matched([twice("n1"), twice("n2")], [twice("n1"), twice("n2"), twice("n3")]);
  assert.deepEqual(
    [...found],
    [
      ["n1", "n1"],
      ["n2", "n2"],
    ],
  );
});
