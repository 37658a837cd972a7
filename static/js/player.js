// @ts-check
/**
 * What everything on screen shows, at any moment of a run: turns the document into a history of faces for each node and
 * each folded group. Faces never change and are shared, so that a moment costs what differs. Start at `faceAt`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Node} Node
 * @typedef {import("./trace.js").Step} Step
 * @typedef {import("./trace.js").Face} Face
 * @typedef {import("./trace.js").Shown} Shown
 * @typedef {import("./trace.js").Sign} Sign
 * @typedef {{key: string, field: "data" | "grad", shown: Shown | null, sign?: Sign, magnitude?: number}} Change
 * @typedef {{entries: number[], faces: Face[]}} History
 *   `faces[k]` is shown after the entries up to `entries[k - 1]`, `faces[0]` before all of them.
 * @typedef {{histories: Map<string, History>, touched: string[][], nodes: Map<string, Node>}} Timeline
 *   `touched` are the keys of what each entry changes.
 */

import { entriesDone } from "./entries.js";
import { oncePer } from "./once.js";

/** @type {Face} */
const NOTHING = { data: null, grad: null, sign: "none", magnitude: 0 };

/**
 * Return what a folded group is called among nodes: no id of a node has a blank.
 * @param {string} group
 */
export function keyOf(group) {
  return `group ${group}`;
}

/**
 * Return what the node or group `key` shows after `cursor` steps.
 * @param {Run} run
 * @param {string} key
 * @param {number} cursor
 */
export function faceAt(run, key, cursor) {
  const history = timelineOf(run).histories.get(key);
  return history && faceAfter(history, entriesDone(run, cursor));
}

/**
 * Return the keys of all that is on screen.
 * @param {Run} run
 */
export function keysOf(run) {
  return timelineOf(run).histories.keys();
}

/**
 * Return the keys of what may look otherwise after `to` steps than after `from`, whichever is later.
 * @param {Run} run
 * @param {number} from
 * @param {number} to
 * @returns {Set<string>}
 */
export function keysBetween(run, from, to) {
  const { touched } = timelineOf(run);
  const [first, last] = [entriesDone(run, from), entriesDone(run, to)];
  return new Set(touched.slice(Math.min(first, last), Math.max(first, last)).flat());
}

/**
 * @param {Run | null} run
 * @param {string | undefined} id
 */
export function nodeOf(run, id) {
  return run && id !== undefined ? timelineOf(run).nodes.get(id) : undefined;
}

/**
 * Return what a node is called; an id that no node at hand has stands for itself.
 * @param {Run | null} run
 * @param {string | undefined} id
 */
export function labelOf(run, id) {
  return nodeOf(run, id)?.label ?? id ?? "";
}

/**
 * @param {History} history
 * @param {number} done entries
 */
function faceAfter({ entries, faces }, done) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle] < done) low = middle + 1;
    else high = middle;
  }
  return faces[low];
}

/** Return what is on screen over all of a run. */
const timelineOf = oncePer((/** @type {Run} */ run) => {
  const histories = firstFaces(run);
  const touched = run.steps.map((step, k) => {
    const changes = changesOf(step).filter(({ key }) => histories.has(key));
    for (const change of changes) append(/** @type {History} */ (histories.get(change.key)), k, change);
    return changes.map(({ key }) => key);
  });
  return { histories, touched, nodes: new Map(run.nodes.map((node) => [node.id, node])) };
});

/**
 * @param {History} history
 * @param {number} entry
 * @param {Change} change
 */
function append({ entries, faces }, entry, { field, shown, sign = "none", magnitude = 0 }) {
  const before = /** @type {Face} */ (faces.at(-1));
  const face = field === "data" ? { ...before, data: shown } : { ...before, grad: shown, sign, magnitude };
  if (entries.at(-1) === entry) faces.pop();
  else entries.push(entry);
  faces.push(face);
}

/**
 * Return the histories before the first entry. The document holds the last data of each node: where the program writes
 * it, the first step that does so tells what was there before.
 * @param {Run} run
 * @returns {Map<string, History>}
 */
function firstFaces(run) {
  /** @type {Map<string, Shown>} */
  const overwritten = new Map();
  for (const { node, field, shown } of run.steps) {
    if (node && field === "data" && shown?.before && !overwritten.has(node)) overwritten.set(node, shown.before);
  }
  /** @type {Map<string, History>} */
  const histories = new Map();
  for (const node of run.nodes) {
    histories.set(node.id, { entries: [], faces: [firstFace(node, overwritten.get(node.id))] });
  }
  for (const { key, open, carried } of run.groups ?? []) {
    const face = carried
      ? { data: null, grad: carried.shown, sign: carried.sign, magnitude: carried.magnitude }
      : NOTHING;
    if (!open) histories.set(keyOf(key), { entries: [], faces: [face] });
  }
  return histories;
}

/**
 * @param {Node} node
 * @param {Shown | undefined} overwritten
 * @returns {Face}
 */
function firstFace({ carried, role, shown }, overwritten) {
  const face = carried ?? { ...NOTHING, data: role === "operation" ? null : shown.data };
  return face.data && overwritten ? { ...face, data: overwritten } : face;
}

/**
 * Return what an entry changes on screen.
 * @param {Step} step
 * @returns {Change[]}
 */
function changesOf({ phase, node, operand, field, shown, sign, magnitude, changes }) {
  if (changes) return changes.map(({ node, group, ...rest }) => ({ ...rest, key: node ?? keyOf(group ?? "") }));
  if (!node) return [];
  if (phase === "forward") return [{ key: node, field: "data", shown: shown?.data ?? null }];
  if (field === "data") return [{ key: node, field, shown: shown?.after ?? null }];
  return [{ key: operand ?? node, field: "grad", shown: shown?.after ?? null, sign, magnitude }];
}
