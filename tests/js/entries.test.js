// Places in a run: single steps, and entries that cover many of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endsOf, entriesDone, nextPlace, placeAfter, placeBefore, settled } from "../../static/js/entries.js";
import { phasesOf, reachOf, stepAt } from "../../static/js/trace.js";
import { randomRun } from "./folded.js";

const single = (phase = "forward") => ({ phase, node: "n0", shown: {} });
const folded = (first, last, phase = "backward") => ({ phase, group: "g", first, last, changes: [] });
const run = (first_step, ...steps) => ({ nodes: [], groups: [], steps, first_step, step_count: 100, passes: [] });
const two = () => run(0, single(), folded(1, 51), single("backward"), folded(52, 60, "update"));

test("a cursor inside a folded entry is where the entry ends", () => {
  assert.deepEqual(
    [0, 1, 2, 50, 51, 52, 59, 60].map((cursor) => settled(two(), cursor)),
    [0, 1, 51, 51, 51, 52, 60, 60],
  );
});

test("an entry leads from its start to its end", () => {
  const here = two();
  assert.deepEqual(
    [0, 1, 30, 51, 52].map((cursor) => nextPlace(here, cursor)),
    [1, 51, 51, 52, 60],
  );
  assert.equal(nextPlace(here, 60), null);
  assert.deepEqual(
    [60, 52, 51, 30, 1].map((cursor) => placeBefore(here, cursor)),
    [52, 51, 1, 0, 0],
  );
  assert.equal(placeBefore(here, 0), null);
});

test("places and entries are each other's inverse", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const here = randomRun(seed);
    for (let k = 0; k <= here.steps.length; k++) {
      assert.equal(entriesDone(here, placeAfter(here, k)), k);
      assert.equal(settled(here, placeAfter(here, k)), placeAfter(here, k));
    }
    for (const [k, { first, last }] of here.steps.entries()) {
      if (last) assert.deepEqual([placeAfter(here, k), placeAfter(here, k + 1)], [first, last]);
    }
  }
});

test("the entry that leads to a moment is the one that ends there", () => {
  const here = two();
  assert.equal(stepAt(here, 0), null);
  assert.equal(stepAt(here, 51), here.steps[1]);
  assert.equal(stepAt(here, 61), null);
});

test("a part reaches from the end of its first entry on", () => {
  assert.deepEqual(reachOf(run(40, folded(40, 70), single())), { lowest: 70, highest: 71 });
  assert.deepEqual(reachOf(two()), { lowest: 0, highest: 60 });
  assert.deepEqual(reachOf(run(40)), { lowest: 40, highest: 40 });
  assert.deepEqual(endsOf(run(40)), []);
});

test("phases are as long as the steps that they cover", () => {
  assert.deepEqual(phasesOf(two()), [
    { phase: "forward", length: 1 },
    { phase: "backward", length: 51 },
    { phase: "update", length: 8 },
  ]);
});
