// @ts-check
/**
 * Several entries at once. Those that a walk by node or by phase passes over become a title, a sentence and lines of
 * code: start at `summaryOf`. Those that brought one gradient become a sum: start at `sumsOf`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Step} Step
 * @typedef {{title: string, sentence: string, code: string, math: string}} Summary
 * @typedef {{lines: string[], order: string}} Sums `order`: why it mattered which node came when; empty if it did not.
 * @typedef {{id: string, steps: Step[]}} Received A node, and the contributions that it received.
 */

import { counted } from "./dom.js";
import { backPlace, endsOf, entriesDone } from "./entries.js";
import { ledgerOf, receiverOf, writersOf } from "./ledger.js";
import { labelOf, nodeOf } from "./player.js";
import { standIn } from "./texts.js";
import { passAt } from "./trace.js";

const LINES = 4; // of code
const ARRIVALS = 3; // in a sentence
const FORMULAS = 2;
const SUMS = 3; // nodes whose gradients are summed up
const SOURCES = 3; // of one gradient that are named
const EXPRESSION = 24; // characters of one that are shown

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

// -- what a gradient consists of --------------------------------------------------------------------------------------

/**
 * Return of which contributions the gradients consist that several flowed to: those of leaves, or if there are none those
 * of operations. Null before the end of a run, and where none is a sum.
 * @param {Run} run
 * @param {number} cursor
 * @returns {Sums | null}
 */
export function sumsOf(run, cursor) {
  if (run.step_count === 0 || cursor !== run.step_count) return null;
  const received = receivedIn(run, passAt(run, cursor));
  const leaves = received.filter(({ id }) => nodeOf(run, id)?.role !== "operation");
  const told = leaves.length > 0 ? leaves : received;
  if (told.length === 0) return null;
  const lines = told.slice(0, SUMS).map((each) => sumOf(run, each));
  const more = told.length - lines.length;
  return { lines: more ? [...lines, `… and ${counted(more)} more`] : lines, order: orderOf(run, told.slice(0, SUMS)) };
}

/**
 * Return the nodes to which several contributions flowed in this pass, those that the program wrote over aside.
 * @param {Run} run
 * @param {number} pass
 * @returns {Received[]}
 */
function receivedIn(run, pass) {
  const ends = endsOf(run);
  const first = run.passes[pass]?.first ?? 0;
  return run.nodes.flatMap(({ id }) => {
    const steps = (writersOf(run).get(id) ?? []).filter((k) => ends[k] > first).map((k) => run.steps[k]);
    return steps.length > 1 && steps.every(isContribution) ? [{ id, steps }] : [];
  });
}

/** @param {Step} step */
function isContribution({ phase, shown, changes }) {
  return phase === "backward" && shown?.contribution !== undefined && !changes;
}

/**
 * Return a gradient as the sum of what arrived, with where it came from.
 * @param {Run} run
 * @param {Received} received
 */
function sumOf(run, { id, steps }) {
  const sources = grouped(steps);
  const terms = sources.slice(0, SOURCES).map((each) => termOf(run, each));
  const before = steps[0].shown?.before?.[0] ?? "0";
  if (before !== "0") terms.unshift(`${before} (already there)`);
  if (sources.length > SOURCES) terms.push(`… (${counted(steps.length)} contributions)`);
  const after = steps.at(-1)?.shown?.after;
  const written = [steps[0].shown?.before, ...steps.map(({ shown }) => shown?.contribution), after];
  const isRounded = written.some((shown) => shown?.[2] === "≈");
  const node = nodeOf(run, id);
  return `${node?.name ?? node?.label}.grad = ${terms.join(" + ")} ${isRounded ? "≈" : "="}\u00a0${after?.[0]}`;
}

/**
 * Return contributions in groups: those one after the other that come from the same node.
 * @param {Step[]} steps
 */
function grouped(steps) {
  /** @type {Step[][]} */
  const groups = [];
  for (const step of steps) {
    const latest = groups.at(-1);
    if (latest && latest[0].node === step.node) latest.push(step);
    else groups.push([step]);
  }
  return groups;
}

/**
 * @param {Run} run
 * @param {Step[]} steps that come from one node
 */
function termOf(run, steps) {
  const [{ node }] = steps;
  const amounts = steps.map(({ shown }) => within(shown?.contribution?.[0] ?? ""));
  const told = amounts.length > SOURCES ? [...amounts.slice(0, SOURCES), "…"] : amounts;
  const way = isOutput(run, node) ? "from" : "through";
  return `${told.join(" + ")} (${amounts.length > 1 ? "each " : ""}${way} ${definitionOf(run, node)})`;
}

/** @param {string} amount */
function within(amount) {
  return amount.startsWith("−") ? `(${amount})` : amount;
}

/**
 * @param {Run} run
 * @param {string | undefined} id
 */
function definitionOf(run, id) {
  const { expression = null } = nodeOf(run, id) ?? {};
  const isShort = expression !== null && expression.length <= EXPRESSION;
  return isShort ? `${labelOf(run, id)} = ${expression}` : labelOf(run, id);
}

/**
 * @param {Run} run
 * @param {string | undefined} id
 */
function isOutput(run, id) {
  return run.passes.some(({ output }) => output === id);
}

/**
 * Return why the order mattered: what lies between had its gradient complete before it passed that on. It is told of one
 * node, if possible of one that several contributions flowed to.
 * @param {Run} run
 * @param {Received[]} received
 */
function orderOf(run, received) {
  const between = received.flatMap(({ steps }) =>
    steps.flatMap(({ node }) => (node && !isOutput(run, node) ? [node] : [])),
  );
  const id = between.find((each) => (writersOf(run).get(each) ?? []).length > 1) ?? between.at(0);
  if (id === undefined) return "";
  const name = labelOf(run, id);
  return `Order matters: ${name}.grad was complete before ${name} passed it on.`;
}
