// @ts-check
/**
 * The topological sort: turns a graph into the events of the depth-first visit that puts operands before their users, as
 * `build_topo` does it. Start at `sortAt`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {{kind: "visit" | "seen" | "append", node: string, from: string | null, depth: number}} Event
 *   `visit`: the node is new and goes into the visited set, then its operands are visited; `seen`: it is in the set
 *   already; `append`: all of its operands are in the list, and it joins them. `from`: the user that it is visited for.
 */

import { entriesDone, placeAfter } from "./entries.js";
import { oncePer } from "./once.js";
import { labelOf, nodeOf } from "./player.js";

const LARGEST = 2000; // nodes whose visit one can follow
const MOST = 8; // names that a sentence lists

/** Return the sorts of a run that have been found, by where they begin. */
const foundIn = oncePer((/** @type {Run} */ _run) => /** @type {Map<string, Event[] | null>} */ (new Map()));

/**
 * Return the events of the sort that comes at `cursor`, just before the seed; null elsewhere, and where not every node
 * is at hand.
 * @param {Run | null} run
 * @param {number} cursor
 * @returns {Event[] | null}
 */
export function sortAt(run, cursor) {
  const seed = run?.steps[entriesDone(run, cursor)];
  if (!run || seed?.phase !== "seed" || seed.group || !seed.node) return null;
  const sorts = foundIn(run);
  if (!sorts.has(seed.node)) sorts.set(seed.node, visit(run, seed.node));
  return sorts.get(seed.node) ?? null;
}

/** Return where the part at hand of a run has a topological sort, by the steps that are done before, and its length. */
export const sortsOf = oncePer((/** @type {Run} */ run) =>
  run.steps.flatMap(({ phase }, k) => {
    const at = placeAfter(run, k);
    const events = phase === "seed" ? sortAt(run, at) : null;
    return events ? [{ at, count: events.length }] : [];
  }),
);

/**
 * Return the events of the visit that begins at `root`; null if a node is not at hand, or there are too many.
 * @param {Run} run
 * @param {string} root
 * @returns {Event[] | null}
 */
export function visit(run, root) {
  /** @type {Event[]} */
  const events = [];
  const visited = new Set();
  /** @type {{node: string, from: string | null, depth: number, operands: string[] | null}[]} */
  const stack = [{ node: root, from: null, depth: 0, operands: null }];
  while (stack.length > 0) {
    const top = /** @type {(typeof stack)[number]} */ (stack.at(-1));
    const { node, from, depth } = top;
    if (top.operands === null) {
      const found = nodeOf(run, node);
      if (!found || found.group || visited.size > LARGEST) return null;
      top.operands = visited.has(node) ? [] : [...found.operands];
      events.push({ kind: visited.has(node) ? "seen" : "visit", node, from, depth });
      if (visited.has(node)) stack.pop();
      visited.add(node);
    } else if (top.operands.length > 0) {
      const next = /** @type {string} */ (top.operands.shift());
      stack.push({ node: next, from: node, depth: depth + 1, operands: null });
    } else {
      events.push({ kind: "append", node, from, depth });
      stack.pop();
    }
  }
  return events;
}

/**
 * Return what the algorithm holds after so many events: the visited set in the order in which it grew, the list, and
 * the calls that are under way, outermost first.
 * @param {Event[]} events
 * @param {number} done
 */
export function heldAfter(events, done) {
  /** @type {string[]} */
  const visited = [];
  /** @type {string[]} */
  const topo = [];
  /** @type {string[]} */
  const calls = [];
  for (const { kind, node } of events.slice(0, done)) {
    if (kind === "visit") {
      visited.push(node);
      calls.push(node);
    } else if (kind === "append") {
      topo.push(node);
      calls.pop();
    }
  }
  return { visited, topo, calls };
}

/**
 * Return how many events are done after the next one at this grain: one event, until a node joins the list, or all.
 * @param {Event[]} events
 * @param {number} done
 * @param {import("./address.js").Grain} grain
 */
export function sortOnward(events, done, grain) {
  if (grain === "phase") return events.length;
  if (grain === "edge") return done + 1;
  const next = events.findIndex(({ kind }, k) => k >= done && kind === "append");
  return next < 0 ? events.length : next + 1;
}

/**
 * @param {Event[]} events
 * @param {number} done
 * @param {import("./address.js").Grain} grain
 */
export function sortBack(events, done, grain) {
  if (grain === "phase") return 0;
  if (grain === "edge") return done - 1;
  const before = events.slice(0, done - 1).findLastIndex(({ kind }) => kind === "append");
  return before + 1;
}

/**
 * Return what happens in the last of the events that are done, as the line that does it and in words.
 * @param {Run} run
 * @param {Event[]} events
 * @param {number} done
 */
export function toldOf(run, events, done) {
  const { kind, node } = events[done - 1];
  const name = labelOf(run, node);
  const operands = (nodeOf(run, node)?.operands ?? []).map((id) => labelOf(run, id));
  if (kind === "visit") {
    const next = operands.length
      ? `next ${operands.length > 1 ? "come its operands" : "comes its operand"} ${listed(operands)}.`
      : "it has no operands.";
    const sentence = `build_topo(${name}): ${name} is new, so it joins the visited set; ${next}`;
    return { code: `visited.add(${name})`, sentence };
  }
  if (kind === "seen") {
    const sentence = `${name} is in the visited set already: nothing to do. Without the set it would be listed twice.`;
    return { code: `if ${name} not in visited:`, sentence };
  }
  const place = events.slice(0, done).filter((event) => event.kind === "append").length;
  const reason = operands.length ? `All operands of ${name} are in the list` : `${name} has no operands to wait for`;
  const joins = operands.length ? `so ${name} joins it` : "so it joins the list";
  return { code: `topo.append(${name})`, sentence: `${reason}, ${joins}: place ${place}.` };
}

/**
 * Return how the list, reversed, compares with the order in which the walk after `cursor` goes, in words.
 * @param {Run} run
 * @param {Event[]} events
 * @param {number} cursor
 */
export function comparedWithWalk(run, events, cursor) {
  const walked = walkedAfter(run, cursor);
  const going = new Set(walked);
  const sorted = heldAfter(events, events.length).topo.filter((id) => going.has(id));
  const isSame = sorted.reverse().every((id, k) => id === walked[k]);
  const names = shortened(walked.map((id) => labelOf(run, id)));
  if (walked.length === 0) return "The list is complete. There is no operation to walk back through.";
  if (isSame)
    return `The list is complete. Reversed, its operations stand in the order in which this walk goes: ${names}.`;
  return (
    `The list is complete. This walk goes otherwise: ${names}. Both are topological orders: reversed, each node stands ` +
    "after all nodes that use it. The walk takes the order in which the nodes were computed, which a tape has for free."
  );
}

/**
 * Return the operations whose contributions follow the seed at `cursor`, in their order.
 * @param {Run} run
 * @param {number} cursor
 */
function walkedAfter(run, cursor) {
  /** @type {Set<string>} */
  const walked = new Set();
  for (const { phase, node } of run.steps.slice(entriesDone(run, cursor) + 1)) {
    if (phase !== "backward" || !node) break;
    walked.add(node);
  }
  return [...walked];
}

/** @param {string[]} names */
function listed(names) {
  const [last, ...others] = [...names].reverse();
  return others.length ? `${shortened(others.reverse())} and ${last}` : last;
}

/** @param {string[]} names */
function shortened(names) {
  return names.length > MOST ? `${names.slice(0, MOST).join(", ")}, …` : names.join(", ");
}
