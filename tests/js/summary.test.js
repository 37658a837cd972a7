// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { summaryOf, sumsOf } from "../../static/js/summary.js";
import { LISTING, runOf } from "./graphs.js";

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

const linesOf = (/** @type {any} */ told) =>
  sumsOf(told, told.step_count)?.lines.map((line) => line.replace("\u00a0", " "));
const backwardOf = (/** @type {any} */ told) =>
  told.steps.filter((/** @type {any} */ step) => step.phase === "backward");

test("at the end a gradient is the sum of its contributions, each with where it came from", () => {
  const told = /** @type {any} */ (LISTING());
  assert.deepEqual(linesOf(told), ["a.grad = 1 (from d = c + a) + 1 (through c = a + b) = 2"]);
  assert.equal(sumsOf(told, 7)?.order, "Order matters: c.grad was complete before c passed it on.");
});

test("before the end, and where nothing adds up, there is no sum", () => {
  assert.equal(sumsOf(/** @type {any} */ (LISTING()), 6), null);
  assert.equal(linesOf(runOf([[], [], [0, 1]])), undefined);
  assert.equal(linesOf({ ...LISTING(), steps: [], step_count: 0 }), undefined);
});

test("both operands of x + x come from one node, and no order mattered", () => {
  const told = /** @type {any} */ (runOf([[], [0, 0]], { labels: ["x", "y"] }));
  assert.deepEqual(linesOf(told), ["x.grad = 1 + 1 (each from y = x + x) = 2"]);
  assert.equal(sumsOf(told, told.step_count)?.order, "");
});

test("if no leaf has several contributions, operations are told", () => {
  const told = runOf([[], [0], [1, 1]], { labels: ["x", "h", "y"] });
  assert.deepEqual(linesOf(told), ["h.grad = 1 + 1 (each from y = h + h) = 2"]);
});

test("of many leaves and of many contributions the first are told, and how many there are", () => {
  const leaves = runOf([[], [], [], [], [], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]]);
  assert.deepEqual(linesOf(leaves)?.length, 4);
  assert.equal(linesOf(leaves)?.at(-1), "… and 2 more");
  const users = runOf([[], [0], [0], [0], [0], [0], [1, 2, 3, 4, 5]], { labels: ["w"] });
  assert.match(linesOf(users)?.[0] ?? "", /^w\.grad = 1 \(through n5 = w\) \+ .* \+ … \(5 contributions\) = 5$/);
});

test("a negative contribution stands in parentheses, and a rounded number makes the sum one", () => {
  const told = /** @type {any} */ (LISTING());
  backwardOf(told)[1].shown.contribution = ["−1", "-1.0", "="];
  backwardOf(told)[2].shown.contribution = ["0.3333", "0.3333333333333333", "≈"];
  assert.deepEqual(linesOf(told), ["a.grad = (−1) (from d = c + a) + 0.3333 (through c = a + b) ≈ 2"]);
});

test("what earlier passes left is the first term", () => {
  const told = /** @type {any} */ (LISTING());
  backwardOf(told)[1].shown.before = ["5", "5.0", "="];
  assert.match(linesOf(told)?.[0] ?? "", /^a\.grad = 5 \(already there\) \+ 1 /);
});

test("a gradient that the program wrote over, or that arrived in a folded group, is no sum", () => {
  const written = /** @type {any} */ (LISTING());
  written.steps.push({ phase: "update", node: "n0", field: "grad", shown: { before: ["2"], after: ["0"] } });
  written.step_count = 8;
  written.passes[0].last = 8;
  assert.equal(linesOf(written), undefined);
  const folded = /** @type {any} */ (LISTING());
  backwardOf(folded)[1].changes = [{ node: "n0", field: "grad", shown: ["1", "1.0", "="] }];
  assert.equal(linesOf(folded), undefined);
});

test("a long expression is left out", () => {
  const told = /** @type {any} */ (LISTING());
  told.nodes[3].expression = "c + a * tanh(b + 0.123456789)";
  assert.match(linesOf(told)?.[0] ?? "", /1 \(from d\) \+ 1 \(through c = a \+ b\)/);
});
