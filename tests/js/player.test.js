// Walking in any way shows what a walk from the beginning shows, and touches only what changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endsOf } from "../../static/js/entries.js";
import { faceAt, keysBetween, keysOf, nodeOf } from "../../static/js/player.js";
import { frameAt } from "../../static/js/trace.js";
import { dice, facesFromScratch, randomRun } from "./folded.js";

const SEEDS = Array.from({ length: 30 }, (_, k) => k + 1);

/** A screen that repaints only what it is told may have changed. */
class Screen {
  constructor(run) {
    this.run = run;
    this.at = run.first_step;
    this.faces = new Map(Array.from(keysOf(run), (key) => [key, faceAt(run, key, this.at)]));
  }

  walk(to) {
    for (const key of keysBetween(this.run, this.at, to)) this.faces.set(key, faceAt(this.run, key, to));
    this.at = to;
  }
}

const check = (screen) => assert.deepEqual(screen.faces, facesFromScratch(screen.run, screen.at));

test("step by step forwards and backwards", () => {
  for (const seed of SEEDS) {
    const screen = new Screen(randomRun(seed));
    check(screen);
    const places = [screen.run.first_step, ...endsOf(screen.run)];
    for (const place of [...places, ...places.toReversed()]) {
      screen.walk(place);
      check(screen);
    }
  }
});

test("jumps to any step, also into the middle of a folded entry", () => {
  for (const seed of SEEDS) {
    const screen = new Screen(randomRun(seed));
    const roll = dice(seed + 1000);
    const [first, last] = [screen.run.first_step, endsOf(screen.run).at(-1)];
    for (let k = 0; k < 50; k++) {
      screen.walk(first + roll(last - first + 1));
      check(screen);
    }
  }
});

test("a frame is the fold of all steps before it", () => {
  for (const seed of SEEDS) {
    const run = randomRun(seed);
    for (const place of endsOf(run)) assert.deepEqual(frameAt(run, place).faces, facesFromScratch(run, place));
  }
});

test("what does not change is the same face", () => {
  const run = randomRun(7);
  const [before, after] = endsOf(run).slice(10, 12);
  const touched = keysBetween(run, before, after);
  assert.ok(touched.size > 0);
  for (const key of keysOf(run)) {
    assert.equal(faceAt(run, key, before) === faceAt(run, key, after), !touched.has(key));
  }
});

test("a step touches what its entry names, and nothing else", () => {
  const run = randomRun(3, { nodes: 500, count: 300 });
  const ends = endsOf(run);
  for (let k = 1; k < ends.length; k++) assert.ok(keysBetween(run, ends[k - 1], ends[k]).size <= 3);
  assert.deepEqual(keysBetween(run, ends[5], ends[9]), keysBetween(run, ends[9], ends[5]));
  assert.equal(keysBetween(run, ends[5], ends[5]).size, 0);
});

test("nodes are found by their ids", () => {
  const run = randomRun(1);
  assert.equal(nodeOf(run, "n3"), run.nodes[3]);
  assert.equal(nodeOf(run, "n999"), undefined);
  assert.equal(nodeOf(null, "n3"), undefined);
});
