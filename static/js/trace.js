// @ts-check
/**
 * A moment of a run: turns the document of the server and a cursor into what each node shows then. Start at `frameAt`.
 * The numbers come as texts and stay texts: nothing is computed or formatted here.
 *
 * @typedef {[short: string, exact: string, relation: string]} Shown One number, ready to be shown.
 * @typedef {{line: number, column: number, end_line: number, end_column: number}} Span Columns count code points.
 * @typedef {{id: string, name: string | null, label: string, role: "input" | "constant" | "operation", op: string | null,
 *   symbol: string | null, operands: string[], expression: string | null, trainable: boolean, defaulted: boolean, fixed?: boolean,
 *   span: Span | null, calls?: Span[], adjustable: boolean, literal: string | null,
 *   shown: {data: Shown, grad: Shown, partials?: Shown[]}, carried?: Face, group?: string, scope?: string}} Node
 *   `group`: the folded group that hides it; `scope`: the loops and calls it comes from; `carried`: what it shows before the first step of a run that is told pass by pass.
 * @typedef {{phase: "forward" | "seed" | "backward" | "update", node?: string, operand?: string, slot?: number,
 *   field?: "data" | "grad", span?: Span | null, text?: string, sentence?: string, math?: string, ledger?: string,
 *   sign?: Sign, magnitude?: number, shown?: {data?: Shown, before?: Shown, after?: Shown, contribution?: Shown},
 *   group?: string, first?: number, last?: number, operand_group?: string, changes?: OnScreen[]}} Step
 *   An entry of the document: one step, or with `group` the steps [first, last) of the run that happen inside a folded
 *   group. Without `text` it is brief: what a page says of it is asked for when somebody looks.
 * @typedef {{node?: string, group?: string, field: "data" | "grad", shown: Shown | null, sign?: Sign, magnitude?: number}} OnScreen
 *   What is on screen after an entry that happens in a folded group.
 * @typedef {{key: string, title: string, parent: string | null, open: boolean, nodes: number, span: Span | null,
 *   nans?: number, shown?: Shown | null, sign?: Sign, magnitude?: number,
 *   carried?: {shown: Shown | null, sign: Sign, magnitude: number}}} Group
 *   Nodes that are drawn in one frame, or folded into one box.
 * @typedef {{output: string, order: string[] | null, first: number, last: number, scope: string, shown?: {data: Shown}}} Pass
 * @typedef {{title: string, edits: (Span & {text: string})[]}} Fix
 * @typedef {{message: string, hint?: string | null, fix?: Fix | null} & Partial<Span>} Mistake
 * @typedef {{detail: string, errors: Mistake[], source?: string}} Problem `source`: the program that has it.
 * @typedef {{source: string, output: {node: string, name: string, shown: {data: Shown}} | null, nodes: Node[],
 *   variables: Record<string, string>, steps: Step[], first_step: number, step_count: number, passes: Pass[], printed: string,
 *   warnings: (Mistake & {kind: string})[], svg?: string | null, problem?: Problem,
 *   groups?: Group[], topology?: string, node_count?: number}} Run
 *   `steps` are those from `first_step` on; a long run is told pass by pass, a short one as a whole.
 *   `topology`: equal where runs differ by their numbers alone.
 *
 * @typedef {"pos" | "neg" | "zero" | "nan" | "none" | "abs"} Sign `abs`: folded groups have a size and no sign.
 * @typedef {{data: Shown | null, grad: Shown | null, sign: Sign, magnitude: number}} Face What a node shows; null is not known yet.
 * @typedef {{cursor: number, step: Step | null, pass: number, faces: Map<string, Face>}} Frame
 */

import { entriesDone, placeAfter } from "./entries.js";
import { faceAt, keysOf } from "./player.js";

/**
 * Return the entry that leads to `cursor`, if this part of the run has it.
 * @param {Run | null} run
 * @param {number} cursor
 * @returns {Step | null}
 */
export function stepAt(run, cursor) {
  if (!run || cursor > reachOf(run).highest) return null;
  return run.steps[entriesDone(run, cursor) - 1] ?? null;
}

/**
 * Return the first and the last moment that can be shown without asking for another part of the run. The moment before
 * the first step of a pass is the last one of the pass before.
 * @param {Run | null} run
 */
export function reachOf(run) {
  if (!run) return { lowest: 0, highest: 0 };
  return { lowest: placeAfter(run, Math.min(Number(run.first_step > 0), run.steps.length)), highest: endOf(run) };
}

/** @param {Run} run */
function endOf(run) {
  return placeAfter(run, run.steps.length);
}

/**
 * Return the state after `cursor` steps of the whole run.
 * @param {Run} run
 * @param {number} cursor
 * @returns {Frame}
 */
export function frameAt(run, cursor) {
  const faces = new Map(Array.from(keysOf(run), (key) => [key, /** @type {Face} */ (faceAt(run, key, cursor))]));
  return { cursor, step: stepAt(run, cursor), pass: passAt(run, cursor), faces };
}

/**
 * Return the index of the pass whose graph is on screen: the first that is not over yet, else the last.
 * @param {Run} run
 * @param {number} cursor
 */
export function passAt(run, cursor) {
  const found = run.passes.findIndex((pass) => cursor <= pass.last);
  return found < 0 ? run.passes.length - 1 : found;
}

/**
 * Return the stretches of steps of one phase.
 * @param {Run} run
 * @returns {{phase: string, length: number}[]}
 */
export function phasesOf(run) {
  /** @type {{phase: string, length: number}[]} */
  const phases = [];
  for (const { phase, first = 0, last = 1 } of run.steps) {
    const latest = phases.at(-1);
    if (latest?.phase === phase) latest.length += last - first;
    else phases.push({ phase, length: last - first });
  }
  return phases;
}
