// The bounds of a slider.
import assert from "node:assert/strict";
import { test } from "node:test";
import { between, holding } from "../../static/js/sliders.js";

test("two bounds make a range with a round step", () => {
  assert.deepEqual(between(-1, 1), { low: -1, high: 1, step: "0.01" });
  assert.deepEqual(between(0, 5000), { low: 0, high: 5000, step: "10" });
});

test("bounds that leave no room make none", () => {
  for (const [low, high] of [
    [1, 1],
    [2, 1],
    [Number.NaN, 1],
    [-1.7e308, 1.7e308],
  ])
    assert.equal(between(low, high), null);
});

test("a range grows until it holds its value", () => {
  const bounds = between(0, 1);
  assert.deepEqual(holding(bounds, 0.5), bounds);
  assert.deepEqual(holding(bounds, -3), { low: -3, high: 1, step: "0.01" });
  assert.deepEqual(holding(bounds, 40), { low: 0, high: 40, step: "0.1" });
});
