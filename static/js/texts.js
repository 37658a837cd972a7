// @ts-check
/**
 * Texts of brief entries: which are wanted beside a moment, and what an answer tells of them. Start at `wantedTexts`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Step} Step
 * @typedef {Record<number, Step>} Texts By the steps that are done after the entry.
 */

import { endsOf, entriesDone } from "./entries.js";

const MOST = 200; // entries that one answer tells
const BEHIND = 60; // of these, when nothing is known yet
const SOON = { ahead: 40, behind: 10 }; // entries that should be known beside the current one

/**
 * Return the entries [first, last) whose texts to ask for next, if one walks at `cursor`; null if enough is known.
 * @param {Run} run
 * @param {Texts} texts
 * @param {number} cursor
 * @returns {[first: number, last: number] | null}
 */
export function wantedTexts(run, texts, cursor) {
  const ends = endsOf(run);
  const here = Math.max(entriesDone(run, cursor) - 1, 0);
  if (!run.steps[here] || run.steps.every(isTold)) return null;
  const isKnown = (/** @type {number} */ k) => ends[k] in texts || isTold(run.steps[k]);
  if (!isKnown(here)) return stretch(run, here - BEHIND);
  const next = firstUnknown(here, Math.min(here + SOON.ahead, ends.length - 1), 1, isKnown);
  if (next !== null) return stretch(run, next);
  const before = firstUnknown(here, Math.max(here - SOON.behind, 0), -1, isKnown);
  return before === null ? null : stretch(run, before + 1 - MOST, before + 1);
}

/** @param {Step} step */
function isTold({ math }) {
  return math !== undefined;
}

/**
 * @param {Run} run
 * @param {number} first
 * @param {number} [last]
 * @returns {[number, number]}
 */
function stretch(run, first, last) {
  const begin = Math.max(first, 0);
  return [begin, Math.min(last ?? begin + MOST, run.steps.length)];
}

/**
 * @param {number} from
 * @param {number} to
 * @param {1 | -1} way
 * @param {(k: number) => boolean} isKnown
 */
function firstUnknown(from, to, way, isKnown) {
  for (let k = from; k !== to + way; k += way) if (!isKnown(k)) return k;
  return null;
}

/**
 * Return what `told` says of the entries from `first` on.
 * @param {Run} run
 * @param {number} first
 * @param {Step[]} told
 * @returns {Texts}
 */
export function textsOf(run, first, told) {
  const ends = endsOf(run);
  const fitting = told.filter((entry, k) => run.steps[first + k]?.phase === entry.phase);
  if (fitting.length < told.length) return {}; // of another run
  return Object.fromEntries(told.map((entry, k) => [ends[first + k], { ...run.steps[first + k], ...entry }]));
}

/**
 * Return a short stand-in for the text of an entry, made of labels and of the numbers that are there.
 * @param {Run} run
 * @param {Step} step
 * @param {(id: string) => string} labelOf
 */
export function standIn({ groups }, step, labelOf) {
  const titleOf = (/** @type {string} */ key) => groups?.find((group) => group.key === key)?.title ?? key;
  if (step.group) {
    return `${titleOf(step.group)}: ${((step.last ?? 1) - (step.first ?? 0)).toLocaleString("en")} steps`;
  }
  const name = labelOf(step.node ?? "");
  const { data, after } = step.shown ?? {};
  if (step.phase === "forward") return data ? `${name} = ${data[0]}` : name;
  if (!step.operand) return `${name}.${step.field ?? "grad"}${after ? ` = ${after[0]}` : ""}`;
  const target = step.operand_group ? titleOf(step.operand_group) : labelOf(step.operand);
  return `${name} → ${target}${after ? `: ${after[0]}` : ""}`;
}
