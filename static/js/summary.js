// @ts-check
/**
 * Several entries at once, as a walk by node or by phase passes over them: turns them into a title, a sentence and lines
 * of code. Start at `summaryOf`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Step} Step
 * @typedef {{title: string, sentence: string, code: string, math: string}} Summary
 */

import { counted } from "./dom.js";
import { backPlace, endsOf, entriesDone } from "./entries.js";
import { ledgerOf, receiverOf } from "./ledger.js";
import { labelOf, nodeOf } from "./player.js";
import { standIn } from "./texts.js";

const LINES = 4; // of code
const ARRIVALS = 3; // in a sentence
const FORMULAS = 2;

/**
 * Return what a walk of this grain passed over to reach `cursor`; null where that is one entry.
 * @param {Run} run
 * @param {number} cursor
 * @param {import("./address.js").Grain} grain
 * @returns {Summary | null}
 */
export function summaryOf(run, cursor, grain) {
  const begin = grain === "edge" ? null : backPlace(run, cursor, grain);
  if (begin === null) return null;
  const [from, to] = [entriesDone(run, begin), entriesDone(run, cursor)];
  if (to - from < 2) return null;
  const steps = run.steps.slice(from, to);
  const told = steps.slice(-LINES).map((step, k) => lineOf(run, step, Math.max(from, to - LINES) + k));
  const before = steps.length - told.length;
  return {
    title: `Steps ${counted(begin + 1)} to ${counted(cursor)}: ${steps[0].phase}`,
    sentence: grain === "phase" ? sentenceOf(steps) : passedOn(run, steps, from),
    code: [...(before ? [`… ${counted(before)} before`] : []), ...told].join("\n"),
    math: grain === "node" && steps.length <= FORMULAS ? steps.map(({ math = "" }) => math).join("") : "",
  };
}

/** @type {Record<string, (count: string) => string>} */
const PHASES = {
  forward: (count) => `The forward pass: ${count} operations, each after its operands.`,
  seed: (count) => `The backward pass begins at ${count} places.`,
  backward: (count) => `The backward pass: ${count} contributions. Those that arrive at one node add up.`,
  update: (count) => `The program changes ${count} numbers itself.`,
};

/** @param {Step[]} steps */
function sentenceOf(steps) {
  return PHASES[steps[0].phase](counted(steps.reduce((sum, { first = 0, last = 1 }) => sum + last - first, 0)));
}

/**
 * @param {Run} run
 * @param {Step[]} steps
 * @param {number} from
 */
function passedOn(run, steps, from) {
  const [{ node, phase, group }] = steps;
  if (phase !== "backward" || group) return sentenceOf(steps);
  const arrivals = steps.slice(0, ARRIVALS).map((step, k) => arrivalOf(run, step, from + k));
  const more = steps.length > ARRIVALS ? `; and ${counted(steps.length - ARRIVALS)} more` : "";
  return `${labelOf(run, node)} passes its gradient on. ${arrivals.join("; ")}${more}.`;
}

/**
 * Return how a contribution came to a gradient, `a.grad: 1 + 3 = 4`.
 * @param {Run} run
 * @param {Step} step
 * @param {number} k
 */
function arrivalOf(run, step, k) {
  const receiver = receiverOf(step);
  const node = nodeOf(run, receiver ?? undefined);
  if (!node) return step.ledger ?? "";
  return `${node.name ?? node.label}.grad: ${ledgerOf(run, node.id, endsOf(run)[k]).lines.at(-1)?.text ?? ""}`;
}

/**
 * @param {Run} run
 * @param {Step} step
 * @param {number} k
 */
function lineOf(run, step, k) {
  const text = step.text ?? standIn(run, step, (id) => labelOf(run, id));
  const arrival = step.phase === "backward" ? arrivalOf(run, step, k) : "";
  return arrival.includes(" + ") ? `${text}  # ${arrival.slice(arrival.indexOf(": ") + 2)}` : text;
}
