// @ts-check
/**
 * Places in a run: turns a number of single steps into an entry of its document, and back. Start at `settled`.
 * An entry is one step, or all steps inside a folded group at once: the cursor then stands before it or after it.
 *
 * @typedef {import("./trace.js").Run} Run
 */

import { oncePer } from "./once.js";

/** Return how many steps of the whole run are done after each entry. */
export const endsOf = oncePer((/** @type {Run} */ run) => {
  let end = run.first_step;
  return run.steps.map(({ first = 0, last = 1 }) => {
    end += last - first;
    return end;
  });
});

/**
 * Return the number of entries that are over after `cursor` steps of the whole run.
 * @param {Run} run
 * @param {number} cursor
 */
export function entriesDone(run, cursor) {
  const ends = endsOf(run);
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Return how many steps are done after so many entries.
 * @param {Run} run
 * @param {number} count
 */
export function placeAfter(run, count) {
  return count > 0 ? endsOf(run)[count - 1] : run.first_step;
}

/**
 * Return the first moment between two entries that is not before `cursor`: who is inside a folded group sees all of it.
 * @param {Run} run
 * @param {number} cursor
 */
export function settled(run, cursor) {
  const before = placeAfter(run, entriesDone(run, cursor));
  return before < cursor ? (nextPlace(run, cursor) ?? before) : before;
}

/**
 * Return the end of the entry that begins at `cursor` or that holds it; null behind the last one.
 * @param {Run} run
 * @param {number} cursor
 */
export function nextPlace(run, cursor) {
  return endsOf(run)[entriesDone(run, cursor)] ?? null;
}

/**
 * Return where the entry begins that ends at `cursor`; null before the first one.
 * @param {Run} run
 * @param {number} cursor
 */
export function placeBefore(run, cursor) {
  const done = entriesDone(run, cursor);
  return done > 0 ? placeAfter(run, done - 1) : null;
}

/**
 * Return how far a walk goes at once from `cursor`: to the end of the entry, of all entries in a row that belong to the
 * same node, or of the phase; not past an entry that `stops` holds. Null behind the last one.
 * @param {Run} run
 * @param {number} cursor
 * @param {import("./address.js").Grain} grain
 * @param {string[]} [stops] ids of nodes
 */
export function onwardPlace(run, cursor, grain, stops = []) {
  let k = entriesDone(run, cursor);
  if (k >= run.steps.length) return null;
  const unit = unitOf(run.steps[k], grain);
  while (unit !== null && unitOf(run.steps[k + 1], grain) === unit && !isStop(run.steps[k], stops)) k += 1;
  return endsOf(run)[k];
}

/**
 * Return where the entry, the node's entries or the phase begins that ends at `cursor`; null before the first one.
 * @param {Run} run
 * @param {number} cursor
 * @param {import("./address.js").Grain} grain
 */
export function backPlace(run, cursor, grain) {
  let k = entriesDone(run, cursor) - 1;
  if (k < 0) return null;
  const unit = unitOf(run.steps[k], grain);
  while (unit !== null && k > 0 && unitOf(run.steps[k - 1], grain) === unit) k -= 1;
  return placeAfter(run, k);
}

/**
 * Return whether an entry happens at one of the nodes in `stops`: is computed there, or arrives there.
 * @param {import("./trace.js").Step} entry
 * @param {string[]} stops
 */
export function isStop({ node, operand, changes = [] }, stops) {
  if (stops.length === 0) return false;
  const touched = [operand ?? node, ...changes.map((change) => change.node)];
  return stops.some((stop) => touched.includes(stop));
}

/**
 * Return what entries have in common that are one step of this grain; null if each is one of its own.
 * @param {import("./trace.js").Step | undefined} entry
 * @param {import("./address.js").Grain} grain
 */
function unitOf(entry, grain) {
  if (!entry || grain === "edge") return null;
  return grain === "phase" ? entry.phase : `${entry.phase} ${entry.group ?? entry.node}`;
}
