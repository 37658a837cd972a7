// @ts-check
/**
 * When something happens in a run: turns a node or an edge into the number of steps after which it has its number.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Step} Step
 */

import { endsOf } from "./entries.js";

/**
 * Return the moment in this pass at which the gradient of a node is complete; where it gets none, at which its data is
 * there. Null if nothing happens to it.
 * @param {Run} run
 * @param {string} node
 * @param {number} pass
 */
export function momentOfNode(run, node, pass) {
  const arrives = (/** @type {Step} */ step) =>
    step.phase !== "forward" && step.field !== "data" && reaches(step, node);
  return lastMoment(run, pass, arrives) ?? lastMoment(run, pass, (step) => step.node === node && !step.operand);
}

/**
 * Return the moment in this pass at which the contribution along an edge arrives; null if none does.
 * @param {Run} run
 * @param {string} node whose operand gets it
 * @param {number} slot
 * @param {number} pass
 */
export function momentOfEdge(run, node, slot, pass) {
  return lastMoment(run, pass, (step) => step.phase === "backward" && step.node === node && step.slot === slot);
}

/**
 * Return the moment in this pass at which the last contribution out of `head` into `tail` arrives, where either is a
 * folded group: edges between them are drawn as one.
 * @param {Run} run
 * @param {string} tail node or group
 * @param {string} head
 * @param {number} pass
 */
export function momentOfBundle(run, tail, head, pass) {
  const isHere = (/** @type {Step} */ step) => (step.group ?? step.node) === head;
  const into = (/** @type {Step} */ step) => step.operand_group === tail || reaches(step, tail);
  return lastMoment(run, pass, (step) => step.phase === "backward" && isHere(step) && into(step));
}

/**
 * Return whether a step changes the gradient of a node.
 * @param {Step} step
 * @param {string} key node or group
 */
function reaches({ node, operand, changes }, key) {
  if (changes) return changes.some((change) => change.field === "grad" && (change.node ?? change.group) === key);
  return (operand ?? node) === key;
}

/**
 * @param {Run} run
 * @param {number} pass
 * @param {(step: Step) => boolean} wanted
 */
function lastMoment(run, pass, wanted) {
  const { first = 0, last = Number.POSITIVE_INFINITY } = run.passes[pass] ?? {};
  const ends = endsOf(run);
  const found = run.steps.findLastIndex((step, k) => ends[k] > first && ends[k] <= last && wanted(step));
  return found < 0 ? null : ends[found];
}
