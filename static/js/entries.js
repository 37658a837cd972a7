// @ts-check
/**
 * Places in a run: turns a number of single steps into an entry of its document, and back. Start at `settled`.
 * An entry is one step, or all steps inside a folded group at once: the cursor then stands before it or after it.
 *
 * @typedef {import("./trace.js").Run} Run
 */

/** @type {WeakMap<Run, number[]>} */
const known = new WeakMap();

/**
 * Return how many steps of the whole run are done after each entry.
 * @param {Run} run
 */
export function endsOf(run) {
  let ends = known.get(run);
  if (!ends) {
    let end = run.first_step;
    ends = run.steps.map(({ first = 0, last = 1 }) => {
      end += last - first;
      return end;
    });
    known.set(run, ends);
  }
  return ends;
}

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
