// @ts-check
/** Literals of the program in whose stead somebody has set another number. Start at `overriddenIn`. */

import { numberOf } from "./api.js";
import { rangesIn } from "./positions.js";

/**
 * @typedef {{at: number, text: string}} Override `at`: the offset behind the literal.
 * @typedef {import("./trace.js").Node & {name: string, span: import("./trace.js").Span}} Leaf
 */

const TOLD = 3; // numbers that are told at one place

/**
 * Return where the program says another number than its leaf has, and which number that is.
 * @param {Pick<import("./store.js").State, "run" | "inputs">} state
 * @returns {Override[]}
 */
export function overriddenIn({ run, inputs }) {
  if (!run || Object.keys(inputs).length === 0) return [];
  const range = rangesIn(run.source);
  /** @type {Map<number, Leaf[]>} */
  const places = new Map();
  for (const leaf of run.nodes.filter(isWritten)) {
    const [, end] = range(leaf.span);
    places.set(end, [...(places.get(end) ?? []), leaf]);
  }
  return [...places].flatMap(([at, leaves]) => {
    const set = leaves.filter(({ name, literal }) => isOther(inputs[name], literal));
    return set.length ? [{ at, text: textOf(set, inputs, leaves.length > 1) }] : [];
  });
}

/**
 * @param {import("./trace.js").Node} node
 * @returns {node is Leaf}
 */
function isWritten(node) {
  const { adjustable, literal, name, span } = node;
  return adjustable && literal !== null && name !== null && span !== null;
}

/**
 * @param {string | undefined} text
 * @param {string | null} literal
 */
function isOther(text, literal) {
  return text !== undefined && numberOf(text) !== numberOf(literal ?? "");
}

/**
 * @param {Leaf[]} set
 * @param {Record<string, string>} inputs
 * @param {boolean} isShared whether the place speaks of several leaves
 */
function textOf(set, inputs, isShared) {
  const told = set.slice(0, TOLD).map(({ name }) => (isShared ? `${name} = ${inputs[name]}` : inputs[name]));
  return `→ ${[...told, ...(set.length > TOLD ? ["…"] : [])].join(", ")}`;
}
