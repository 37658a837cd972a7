// @ts-check
/**
 * What a place in the program speaks of: turns an offset into the nodes that came from the innermost piece around it,
 * and into the name or the sign that stands there. Start at `nodesAt` and `wordAt`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Node} Node
 * @typedef {{text: string, from: number, to: number, owner: string | null}} Word `owner`: what stands before its dot.
 */

import { oncePer } from "./once.js";
import { nodeOf } from "./player.js";
import { rangesIn } from "./positions.js";

/**
 * Return the nodes whose piece of source is the smallest that holds `offset`. Where a variable is used, that is the node
 * of the variable; several nodes come from one piece that ran several times.
 * @param {Run} run
 * @param {number} offset
 * @returns {Node[]}
 */
export function nodesAt(run, offset) {
  const inner = piecesOf(run).find(({ from, to }) => from <= offset && offset <= to);
  if (!inner) return [];
  const word = wordAt(run.source, offset);
  if (!word || word.owner !== null) return inner.nodes;
  const used = inner.nodes.flatMap(({ operands }) =>
    operands.map((id) => nodeOf(run, id)).filter((node) => node && baseOf(node) === word.text),
  );
  return used.length ? [.../** @type {Set<Node>} */ (new Set(used))] : inner.nodes;
}

/**
 * Return where the piece of a step's node names the operand that the step speaks of, as offsets; null if it does not.
 * @param {Run | null} run
 * @param {import("./trace.js").Step | null} step
 * @returns {[from: number, to: number] | null}
 */
export function usedAt(run, step) {
  const [user, operand] = [nodeOf(run, step?.node), nodeOf(run, step?.operand)];
  if (!run || !user?.span || !operand) return null;
  const range = rangesIn(run.source);
  const piece = range(user.span);
  const holds = (/** @type {[number, number]} */ [from, to]) =>
    piece[0] <= from && to <= piece[1] && to - from < piece[1] - piece[0];
  const inner = user.operands
    .filter((id) => id !== operand.id)
    .flatMap((id) => nodeOf(run, id)?.span ?? [])
    .map((span) => range(span))
    .filter(holds);
  const names = operand.name === null ? [] : [operand.name, operand.name.split(/[@[]/)[0]];
  const found = namedIn(run.source, piece, names).filter(
    ([from]) => !inner.some(([start, end]) => start <= from && from < end),
  );
  const earlier = user.operands.slice(0, step?.slot).filter((id) => id === operand.id).length;
  const own = operand.span && range(operand.span);
  return found[earlier] ?? found[0] ?? (own && holds(own) ? own : null);
}

/**
 * Return where the first of `names` that stands in a piece of `source` does so, as a whole word.
 * @param {string} source
 * @param {[number, number]} piece
 * @param {(string | null)[]} names
 * @returns {[number, number][]}
 */
function namedIn(source, [start, end], names) {
  for (const name of names) {
    if (!name) continue;
    const words = new RegExp(`(?<![\\p{L}_\\d.])${name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}(?![\\p{L}_\\d])`, "gu");
    const found = [...source.slice(start, end).matchAll(words)];
    if (found.length) return found.map(({ 0: text, index }) => [start + index, start + index + text.length]);
  }
  return [];
}

/**
 * Return the variable that `word` means at `offset`; null if no node has this name.
 * @param {Run} run
 * @param {string} word
 * @param {number} offset
 */
export function variableAt(run, word, offset) {
  const here = nodesAt(run, offset).find((node) => baseOf(node) === word);
  return here ?? nodeOf(run, run.variables[word]) ?? run.nodes.findLast((node) => baseOf(node) === word) ?? null;
}

/**
 * Return the name or the sign that stands at `offset` in `text`; null for numbers, texts, comments and blanks.
 * @param {string} text
 * @param {number} offset
 * @returns {Word | null}
 */
export function wordAt(text, offset) {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end < 0 ? text.length : end);
  const tokens = /(?<quiet>#.*|(["']).*?(?:\2|$)|(?<![\p{L}_\d])\d[\w.]*)|[\p{L}_][\p{L}_\d]*|\*\*|[-+*/@]/gu;
  let found = null;
  for (const { 0: token, index, groups } of line.matchAll(tokens)) {
    const [from, to] = [start + index, start + index + token.length];
    if (offset < from || to < offset) continue;
    if (groups?.quiet !== undefined) return found;
    const owner = /([\p{L}_][\p{L}_\d.]*|[)\]])\s*\.$/u.exec(line.slice(0, index))?.[1] ?? null;
    const isName = /[\p{L}_]/u.test(token[0]);
    if (!found || isName || offset < to) found = { text: token, from, to, owner };
    if (isName) break;
  }
  return found;
}

/**
 * Return the name of a node's variable, without its version.
 * @param {Node} node
 */
function baseOf({ name }) {
  return name?.split("@")[0] ?? null;
}

/** Return the pieces of a program that nodes came from, the shortest first. */
const piecesOf = oncePer((/** @type {Run} */ run) => {
  const range = rangesIn(run.source);
  /** @type {Map<string, {from: number, to: number, nodes: Node[]}>} */
  const found = new Map();
  for (const node of run.nodes) {
    if (!node.span) continue;
    const [from, to] = range(node.span);
    const key = `${from} ${to}`;
    const piece = found.get(key);
    if (piece) piece.nodes.push(node);
    else found.set(key, { from, to, nodes: [node] });
  }
  return [...found.values()].sort((one, other) => one.to - one.from - (other.to - other.from));
});
