// New numbers over a run at hand make the document that the server would have sent as a whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { overlaid } from "../../static/js/overlay.js";
import { faceAt, keysOf } from "../../static/js/player.js";
import { facesFromScratch, randomRun } from "./folded.js";

const number = (k) => [`${-k}`, `${-k}.5`, "≈"];

/** Return a whole document of the same topology with other numbers, and only what differs in it. */
function another(run) {
  const nodes = run.nodes.map((_, k) => ({ data: -k, shown: { data: number(k), grad: number(k + 1) } }));
  const groups = run.groups.map((_, k) => ({ shown: number(k), sign: "abs", magnitude: 1 }));
  const steps = run.steps.map((step, k) => {
    if (step.changes) return { changes: step.changes.map((change) => ({ ...change, shown: number(k) })) };
    return { shown: Object.fromEntries(Object.keys(step.shown).map((name) => [name, number(k)])), text: `${k}` };
  });
  const parts = { nodes, groups, steps, passes: [{ shown: { data: number(5) } }] };
  const rest = { output: { data: 1 }, printed: "new\n", warnings: [{ kind: "x", message: "y" }] };
  const full = { ...run, ...rest, output: { ...run.output, ...rest.output }, svg: undefined };
  for (const [name, list] of Object.entries(parts)) {
    full[name] = run[name].map((element, k) => Object.assign(structuredClone(element), list[k]));
  }
  return { full, numbers: { topology: "t", unchanged: true, ...parts, ...rest } };
}

test("the whole is what the server would have sent, and the run at hand stays as it was", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const run = { ...randomRun(seed), output: { node: "n1", name: "y" } };
    const before = structuredClone(run);
    const { full, numbers } = another(run);
    assert.deepEqual(overlaid(run, numbers), full);
    assert.deepEqual(run, before);
  }
});

test("one walks over the new numbers", () => {
  const run = randomRun(4);
  const { full, numbers } = another(run);
  const laid = overlaid(run, numbers);
  const seen = (cursor) => new Map(Array.from(keysOf(laid), (key) => [key, faceAt(laid, key, cursor)]));
  for (const cursor of [1000, 1100, 3000]) assert.deepEqual(seen(cursor), facesFromScratch(full, cursor));
});

test("numbers of another topology, or of other lists, are none of this run's", () => {
  const run = randomRun(2);
  const { numbers } = another(run);
  assert.equal(overlaid(run, { ...numbers, topology: "u" }), null);
  assert.equal(overlaid(run, { ...numbers, steps: numbers.steps.slice(1) }), null);
  assert.equal(overlaid({ ...run, groups: undefined }, numbers), null);
});

test("a run without an output keeps none", () => {
  const run = randomRun(2);
  assert.equal(overlaid(run, { ...another(run).numbers, output: null }).output, null);
});

test("words that hold the numbers of before go, and those that are told stay", () => {
  const run = randomRun(2);
  const spoken = { math: "<math></math>", sentence: "said", ledger: "sum" };
  run.steps = run.steps.map((step) => ({ ...step, ...spoken }));
  const { numbers } = another(run);
  numbers.steps[1] = { ...numbers.steps[1], ...spoken, sentence: "said anew" };
  const { steps } = overlaid(run, numbers);
  assert.equal("math" in steps[0] || "sentence" in steps[0] || "ledger" in steps[0], false);
  assert.equal(steps[1].sentence, "said anew");
});
