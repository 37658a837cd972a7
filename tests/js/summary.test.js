// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { summaryOf } from "../../static/js/summary.js";
import { runOf } from "./graphs.js";

// a, c = a + a, d = c + a: two additions forward, the seed, and four contributions
const run = /** @type {any} */ (runOf([[], [0, 0], [1, 0]], { labels: ["a", "c", "d"] }));

test("a walk by contribution has nothing to sum up", () => {
  assert.equal(summaryOf(run, 7, "edge"), null);
  assert.equal(summaryOf(run, 3, "node"), null);
});

test("a walk by node tells all contributions of the node", () => {
  const told = summaryOf(run, 7, "node");
  assert.equal(told?.title, "Steps 6 to 7: backward");
  assert.equal(told?.sentence, "c passes its gradient on. a.grad: 1 + 1 = 2; a.grad: 2 + 1 = 3.");
  assert.match(told?.code ?? "", /# 1 \+ 1 = 2\n.*# 2 \+ 1 = 3$/);
});

test("a walk by phase tells how much there was, and the last of it", () => {
  const told = summaryOf(run, 7, "phase");
  assert.equal(told?.title, "Steps 4 to 7: backward");
  assert.equal(told?.sentence, "The backward pass: 4 contributions. Those that arrive at one node add up.");
  assert.equal(told?.code.split("\n").length, 4);
  assert.equal(summaryOf(run, 2, "phase")?.sentence, "The forward pass: 2 operations, each after its operands.");
});
