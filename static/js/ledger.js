// @ts-check
/**
 * The ledger of a node: turns the steps of a run into all that its gradient went through, line by line. Numbers come as
 * texts and stay texts. Start at `ledgerOf`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Step} Step
 * @typedef {import("./trace.js").Shown} Shown
 * @typedef {{place: number, from: string | null, text: string}} Line
 *   `place`: the steps that are done after it; `from`: the node that it came from.
 */

import { endsOf, entriesDone } from "./entries.js";
import { oncePer } from "./once.js";
import { nodeOf } from "./player.js";

/**
 * Return what the gradient of a node was first, and a line for each entry that wrote it up to `cursor`.
 * @param {Run} run
 * @param {string} id
 * @param {number} cursor
 * @returns {{start: string, lines: Line[]}}
 */
export function ledgerOf(run, id, cursor) {
  const done = entriesDone(run, cursor);
  const start = nodeOf(run, id)?.carried?.grad?.[0] ?? "–";
  const entries = (writersOf(run).get(id) ?? []).filter((k) => k < done);
  const lines = entries.map((k, at) => lineOf(run, id, k, at === 0 && start === "–"));
  return { start, lines };
}

/**
 * Return the node whose gradient an entry writes; null if it is none, or inside a folded group.
 * @param {Step | null} step
 */
export function receiverOf(step) {
  if (!step || step.group || step.operand_group || step.phase === "forward" || step.field === "data") return null;
  return step.operand ?? step.node ?? null;
}

/**
 * @param {Run} run
 * @param {string} id
 * @param {number} k
 * @param {boolean} isFirst
 * @returns {Line}
 */
function lineOf(run, id, k, isFirst) {
  const { shown = {}, node, phase, changes } = run.steps[k];
  const place = endsOf(run)[k];
  const change = changes?.find((each) => each.node === id && each.field === "grad");
  if (change) return { place, from: null, text: change.shown?.[0] ?? "–" };
  const { before, contribution, after } = shown;
  const from = phase === "backward" ? (node ?? null) : null;
  const isSum = !isFirst && before && contribution && after;
  return { place, from, text: isSum ? sumOf(before, contribution, after) : (after?.[0] ?? "–") };
}

/**
 * Return a sum as the server writes it.
 * @param {Shown} before
 * @param {Shown} contribution
 * @param {Shown} after
 */
function sumOf([before, , ...first], [contribution, , ...second], [after, , ...third]) {
  const relation = [...first, ...second, ...third].includes("≈") ? "≈" : "=";
  const added = contribution.startsWith("−") ? `(${contribution})` : contribution;
  return `${before} + ${added} ${relation} ${after}`;
}

/** Return the entries that write the gradient of each node. */
export const writersOf = oncePer((/** @type {Run} */ run) => {
  /** @type {Map<string, number[]>} */
  const writers = new Map();
  for (const [k, step] of run.steps.entries()) for (const id of receiversOf(step)) append(writers, id, k);
  return writers;
});

/** @param {Step} step */
function receiversOf(step) {
  if (step.changes) return step.changes.flatMap(({ node, field }) => (node && field === "grad" ? [node] : []));
  const receiver = receiverOf(step);
  return receiver === null ? [] : [receiver];
}

/**
 * @param {Map<string, number[]>} lists
 * @param {string} key
 * @param {number} value
 */
function append(lists, key, value) {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
