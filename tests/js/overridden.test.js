// What is set beside the program is told at its place in the program.
import assert from "node:assert/strict";
import { test } from "node:test";
import { overriddenIn } from "../../static/js/overridden.js";

const span = (line, column, end_column) => ({ line, column, end_line: line, end_column });
const leaf = (name, literal, place) => ({ name, literal, adjustable: true, span: place });
const told = (source, nodes, inputs) => overriddenIn({ run: { source, nodes }, inputs });

test("another number stands behind the literal, in code units", () => {
  const nodes = [leaf("a", "2.0", span(1, 9, 10)), leaf("b", "3.0", span(2, 4, 5)), leaf("x", null, span(3, 0, 1))];
  const found = told("'😀'; a = 2\nb = 3\nx", nodes, { a: "5", x: "7" });
  assert.deepEqual(found, [{ at: 11, text: "→ 5" }]);
});

test("the same number, and one that is gone, are not told", () => {
  const nodes = [leaf("a", "2.0", span(1, 4, 5))];
  assert.deepEqual(told("a = 2", nodes, { a: "2" }), []);
  assert.deepEqual(told("a = 2", nodes, { gone: "1" }), []);
  assert.deepEqual(overriddenIn({ run: null, inputs: { a: "1" } }), []);
});

test("a place that speaks of several leaves says which ones are others", () => {
  const source = "w = torch.ones(5)";
  const nodes = [0, 1, 2, 3, 4].map((k) => leaf(`w[${k}]`, "1.0", span(1, 4, 17)));
  assert.deepEqual(told(source, nodes, { "w[1]": "5" }), [{ at: 17, text: "→ w[1] = 5" }]);
  const [{ text }] = told(source, nodes, { "w[0]": "0", "w[1]": "2", "w[2]": "3", "w[3]": "4" });
  assert.equal(text, "→ w[0] = 0, w[1] = 2, w[2] = 3, …");
});
