import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "../../static/js/lab/plot.js";

test("no place of a plot is so far outside that an SVG cannot hold it", () => {
  const scale = within((value) => 10 * value);
  assert.deepEqual([3, -1e52, 1e107].map(scale), [30, -1e5, 1e5]);
  assert.equal(scale(Number.NaN), Number.NaN);
  assert.equal(scale(Number.POSITIVE_INFINITY), Number.NaN);
});
