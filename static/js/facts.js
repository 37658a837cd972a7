// @ts-check
/**
 * What is said of a piece of the program: turns a place in it into the numbers of a variable at the moment on screen, or
 * into what a function or a sign does and how it differentiates. Start at `factsAt`.
 *
 * @typedef {import("./store.js").State} State
 * @typedef {import("./trace.js").Node} Node
 * @typedef {import("./completion.js").Vocabulary} Vocabulary
 * @typedef {{name: string, symbol: string, signature: string, about: string, convention: string, partials: string[]}} Operation
 * @typedef {{from: number, to: number, title: string, numbers: [term: string, text: string][], lines: string[],
 *   rules: string[]}} Facts `numbers`: data and grad; `rules`: local derivatives.
 */

import { meaningOf } from "./completion.js";
import { faceAt, nodeOf } from "./player.js";
import { nodesAt, variableAt, wordAt } from "./pointing.js";
import { cursorOf } from "./store.js";

const WORD = /^[\p{L}_][\p{L}_\d]*$/u;

/**
 * Return what is to be said of the piece at `offset`; null if there is nothing. Numbers belong to the text that ran.
 * @param {State} state
 * @param {Vocabulary | null} vocabulary
 * @param {Operation[]} operations
 * @param {number} offset
 * @returns {Facts | null}
 */
export function factsAt(state, vocabulary, operations, offset) {
  const word = wordAt(state.source, offset);
  if (!word) return null;
  const { text, from, to, owner } = word;
  const isFresh = !state.stale && state.run?.source === state.source;
  const node = isFresh && owner === null && state.run ? variableAt(state.run, text, offset) : null;
  if (node) return { from, to, ...ofVariable(state, node, text) };
  const meaning = vocabulary && meaningOf(vocabulary, text, owner);
  const done = isFresh && state.run ? nodesAt(state.run, offset) : [];
  const name = opOf(text, vocabulary, done) ?? meaning?.op;
  const op = operations.find((each) => each.name === name);
  const said = op ? ofOperation(op, text) : meaning && ofWord(meaning);
  if (!said) return null;
  const [only, ...others] = op ? done.filter((each) => each.op === op.name) : [];
  return { from, to, ...said, numbers: only && others.length === 0 ? resultOf(state, only) : [] };
}

/**
 * Return facts as one text, to be read aloud.
 * @param {Facts} facts
 */
export function spoken({ title, numbers, lines, rules }) {
  return [title, ...numbers.map((pair) => pair.join(" ")), ...lines, ...rules].join(". ");
}

/**
 * Return the operation that a sign stands for: the one that was recorded there, for a minus has two meanings.
 * @param {string} sign
 * @param {Vocabulary | null} vocabulary
 * @param {Node[]} done the nodes that came from this piece
 */
function opOf(sign, vocabulary, done) {
  const meant = vocabulary?.signs[sign];
  return meant === "sub" && done[0]?.op === "neg" ? "neg" : meant;
}

/**
 * Return the other names that a node has in the end, in the order in which it got them.
 * @param {import("./trace.js").Run} run
 * @param {string} id
 */
export function otherNames({ variables, nodes }, id) {
  const own = nodes.find((node) => node.id === id)?.name?.split("@")[0];
  return Object.keys(variables).filter((name) => variables[name] === id && name !== own && WORD.test(name));
}

/**
 * @param {State} state
 * @param {Node} node
 * @param {string} word
 */
function ofVariable(state, node, word) {
  const { label, name, expression, role, defaulted, fixed } = node;
  const isAlias = name !== null && name.split("@")[0] !== word;
  const lines = isAlias ? [`${word} is another name of ${label}.`] : [];
  if (expression) lines.push(`${label} = ${expression}`);
  else if (role === "input") lines.push(fixed ? "A leaf that is held fixed: it gets no gradient." : "A leaf.");
  if (defaulted) lines.push("Nobody gave it a value: 1.0 is the default.");
  return { title: isAlias ? word : (name ?? label), numbers: numbersOf(state, node), lines, rules: [] };
}

/**
 * @param {State} state
 * @param {Node} node
 * @returns {[string, string][]}
 */
function resultOf(state, node) {
  return [["here", `${node.label} = ${node.expression ?? ""}`], ...numbersOf(state, node)];
}

/**
 * @param {State} state
 * @param {Node} node
 * @returns {[string, string][]}
 */
function numbersOf(state, node) {
  const face = state.run && nodeOf(state.run, node.id) && faceAt(state.run, node.id, cursorOf(state));
  return [
    ["data", numberOf(face?.data)],
    ["grad", numberOf(face?.grad)],
  ];
}

/** @param {import("./trace.js").Shown | null | undefined} shown */
function numberOf(shown) {
  if (!shown) return "not known yet";
  const [short, exact, relation] = shown;
  return relation === "=" ? short : `${short} (${exact})`;
}

/**
 * @param {Operation} op
 * @param {string} text how the program writes it
 */
function ofOperation({ name, symbol, signature, about, convention, partials }, text) {
  const title = /^[\p{L}_]/u.test(text) ? (text === name ? signature : `${text}: ${signature}`) : `x ${symbol} y`;
  const isUnary = partials.length === 1 && !/^[\p{L}_]/u.test(text);
  return {
    title: isUnary ? `${symbol}x` : title,
    lines: [about, ...(convention ? [convention] : [])],
    rules: partials,
  };
}

/** @param {import("./completion.js").Word} word */
function ofWord({ name, signature, about }) {
  return { title: signature ?? name, lines: [about], rules: [] };
}
