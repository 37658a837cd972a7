// @ts-check
/**
 * The scrubber's range: turns moments of a walk into positions and back. Where the topological sort is shown, its events
 * have positions of their own, between the step before and the seed. Start at `rulerOf`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {{step: number, sort: number}} Moment Steps that are done, and events of the sort that follows them.
 * @typedef {{phase: string, step: number, sort: number, length: number, pass: number}} Stretch
 *   One phase, from its beginning on. Updates belong to the pass that they follow.
 */

import { placeAfter } from "./entries.js";
import { oncePer } from "./once.js";
import { sortsOf } from "./sorting.js";
import { passAt, reachOf } from "./trace.js";

/**
 * Return the range of positions, and the functions between positions and moments.
 * @param {Run | null} run
 * @param {boolean} sorting
 */
export function rulerOf(run, sorting) {
  const sorts = run && sorting ? sortsOf(run) : [];
  const { lowest, highest } = reachOf(run);
  const total = sorts.reduce((sum, { count }) => sum + count, 0);
  return {
    lowest,
    highest: highest + total,
    positionOf: (/** @type {Moment} */ moment) => positionOf(sorts, moment),
    momentOf: (/** @type {number} */ position) => momentOf(sorts, position),
  };
}

/**
 * @param {{at: number, count: number}[]} sorts
 * @param {Moment} moment
 */
function positionOf(sorts, { step, sort }) {
  let position = step;
  for (const { at, count } of sorts) {
    if (at < step) position += count;
    else if (at === step) position += Math.min(sort, count);
  }
  return position;
}

/**
 * @param {{at: number, count: number}[]} sorts
 * @param {number} position
 * @returns {Moment}
 */
function momentOf(sorts, position) {
  let step = position;
  for (const { at, count } of sorts) {
    if (step <= at) break;
    if (step <= at + count) return { step: at, sort: step - at };
    step -= count;
  }
  return { step, sort: 0 };
}

/**
 * Return the phases of one pass, the sort among them.
 * @param {Run} run
 * @param {boolean} sorting
 * @param {number} pass
 * @returns {Stretch[]}
 */
export function stretchesOf(run, sorting, pass) {
  return allStretches(run, sorting).filter((each) => each.pass === pass);
}

/**
 * Return the pass that a moment belongs to.
 * @param {Run} run
 * @param {boolean} sorting
 * @param {Moment} moment
 */
export function passOf(run, sorting, moment) {
  const stretches = allStretches(run, sorting);
  return stretches[stretchAt(stretches, moment)]?.pass ?? passAt(run, moment.step);
}

const plain = oncePer((/** @type {Run} */ run) => measured(run, false));
const sorted = oncePer((/** @type {Run} */ run) => measured(run, true));

/**
 * Return all phases of the part at hand, in their order.
 * @param {Run} run
 * @param {boolean} sorting
 * @returns {Stretch[]}
 */
export function allStretches(run, sorting) {
  return sorting ? sorted(run) : plain(run);
}

/**
 * @param {Run} run
 * @param {boolean} sorting
 * @returns {Stretch[]}
 */
function measured(run, sorting) {
  const sorts = new Map(sorting ? sortsOf(run).map(({ at, count }) => [at, count]) : []);
  /** @type {Stretch[]} */
  const stretches = [];
  for (const [k, { phase, first = 0, last = 1 }] of run.steps.entries()) {
    const step = placeAfter(run, k);
    const count = sorts.get(step);
    const graph = passAt(run, step + 1);
    if (count !== undefined) stretches.push({ phase: "sort", step, sort: 0, length: count, pass: graph });
    const latest = stretches.at(-1);
    const isFirst = !latest || passAt(run, latest.step + 1) < graph;
    const pass = phase === "update" && isFirst && graph > 0 ? graph - 1 : graph;
    if (latest?.phase === phase && !isFirst) latest.length += last - first;
    else stretches.push({ phase, step, sort: count ?? 0, length: last - first, pass });
  }
  return stretches;
}

/**
 * Return which of `stretches` a moment belongs to: the one whose steps led there, at the very beginning the first one.
 * @param {Stretch[]} stretches
 * @param {Moment} moment
 */
export function stretchAt(stretches, { step, sort }) {
  const found = stretches.findLastIndex(
    (each) => each.step < step || (each.phase === "sort" && each.step === step && sort > 0),
  );
  return Math.max(found, 0);
}
