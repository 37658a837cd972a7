// @ts-check
/** A table of numbers as it is typed: its text as CSV, its cells, and which inputs of a program its columns are. */

import { readingOf } from "../decimals.js";

/**
 * @typedef {{columns: string[], rows: string[][]}} Sheet
 * @typedef {import("../trace.js").Node} Node
 * @typedef {{source: string, inputs: Record<string, number>, prediction: string, threshold: number, optimizer: string,
 *   settings: {lr: number}, iterations: number}} Fit
 * @typedef {{name: string, title: string, columns: string[], rows: number, program: Fit}} DataSet
 */

export const HELD = 2000; // characters of CSV that an address holds
const TARGETS = ["y", "t", "target", "label"];
const PREDICTIONS = ["prediction", "score", "probability", "y_hat", "y_pred", "pred", "logit", "out", "output"];
const SCORES = /^(score|logit)s?$/i;

/**
 * Return the text of a sheet, with a line of names.
 * @param {Sheet} sheet
 */
export function csvOf({ columns, rows }) {
  const quoted = columns.map((name) => (/[",;\s]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name));
  return [quoted, ...rows].map((cells) => cells.join(",")).join("\n");
}

/**
 * Return a typed cell as the table keeps it, or what is wrong with it.
 * @param {string} text
 */
export function cellOf(text) {
  const reading = readingOf(text);
  if (reading.number === null) return reading;
  const number = reading.number.replace(/^\+/, "");
  if (!Number.isFinite(Number(number))) return { number: null, mistake: "a finite number, please" };
  return { number, mistake: null };
}

/**
 * Return a sheet with another number in a cell.
 * @param {Sheet} sheet
 * @param {number} row
 * @param {number} column
 * @param {string} number
 * @returns {Sheet}
 */
export function withCell({ columns, rows }, row, column, number) {
  return { columns, rows: rows.map((cells, at) => (at === row ? cells.with(column, number) : cells)) };
}

/**
 * Return a sheet with a row of zeros at the end.
 * @param {Sheet} sheet
 * @returns {Sheet}
 */
export function withRow({ columns, rows }) {
  return { columns, rows: [...rows, columns.map(() => "0")] };
}

/**
 * Return a sheet without a row.
 * @param {Sheet} sheet
 * @param {number} row
 * @returns {Sheet}
 */
export function withoutRow({ columns, rows }, row) {
  return { columns, rows: rows.filter((_, at) => at !== row) };
}

/**
 * Return a sheet with pasted rows from a cell on: rows are added where it is too short, and what is too wide is left
 * out. Rows that begin in the first cell, have a line of names, and are as wide as the sheet, take its place.
 * @param {Sheet} sheet
 * @param {number} row
 * @param {number} column
 * @param {Sheet} pasted
 * @param {boolean} isNamed
 * @returns {Sheet}
 */
export function withPasted(sheet, row, column, pasted, isNamed) {
  const { columns } = sheet;
  if (isNamed && row === 0 && column === 0) return pasted;
  const rows = sheet.rows.map((cells) => [...cells]);
  pasted.rows.forEach((cells, down) => {
    rows[row + down] ??= columns.map(() => "0");
    cells.slice(0, columns.length - column).forEach((number, right) => {
      rows[row + down][column + right] = number;
    });
  });
  return { columns, rows };
}

/**
 * Return whether pasted text is more than the number of one cell.
 * @param {string} text
 */
export function isTable(text) {
  return /[\t\n;]/.test(text.trim()) || /,.*,/.test(text) || /,\s/.test(text.trim());
}

/**
 * Return whether a pasted text begins with a line of names: none of its cells is a number.
 * @param {string} text
 */
export function isNamed(text) {
  const first = text.trim().split(/\r?\n/, 1)[0];
  const mark = ["\t", ";", ","].find((each) => first.includes(each)) ?? ",";
  return first.split(mark).every((cell) => readingOf(cell.replaceAll('"', "")).number === null);
}

/**
 * Return the inputs of a program that columns are: as somebody wants it, else those of the same names, else x's and a
 * target in the order of their names; null if none of this fits.
 * @param {string[]} columns
 * @param {string[]} inputs
 * @param {string} wanted names, parted by commas
 * @returns {string[] | null}
 */
export function inputsFor(columns, inputs, wanted) {
  const named = wanted.split(",");
  const isEach = (/** @type {string[]} */ names) =>
    names.length === columns.length && names.every((each, at) => inputs.includes(each) && names.indexOf(each) === at);
  if (isEach(named)) return named;
  if (isEach(columns)) return columns;
  const features = inputs.filter((each) => /^x_?\d*$/i.test(each)).sort((one, other) => (one < other ? -1 : 1));
  const target = TARGETS.find((each) => inputs.includes(each));
  const guess = target ? [...features, target] : features;
  return isEach(guess) ? guess : null;
}

/**
 * Return the name or id of what is a program's answer to a row: what somebody wants, else what parameters and features
 * make, and the target does not, before the loss compares it with the target; null if the program has no such thing.
 * @param {import("../trace.js").Run} run
 * @param {string[]} columns the inputs that rows set, the target last
 * @param {string} wanted
 * @param {Fit | null} fit
 */
export function predictionOf(run, columns, wanted, fit) {
  const { nodes, output } = run;
  const isKnown = isWhole(nodes);
  const variables = new Map(nodes.flatMap(({ id, name, role }) => (role === "operation" && name ? [[name, id]] : [])));
  if (variables.has(wanted)) return wanted;
  const answers = answersOf(nodes, columns);
  const isAnswer = (/** @type {string} */ name) =>
    isKnown ? answers.has(variables.get(name) ?? "") : variables.has(name);
  if (fit && isAnswer(fit.prediction)) return fit.prediction;
  const found = isKnown && output ? comparedIn(nodes, columns, output.node, answers) : null;
  const name = nodes.find(({ id }) => id === found)?.name ?? "";
  if (found) return variables.get(name) === found ? name : found;
  return PREDICTIONS.find(isAnswer) ?? null;
}

/**
 * Return whether all is told that nodes are made from; a folded network tells a part.
 * @param {Node[]} nodes
 */
function isWhole(nodes) {
  const ids = new Set(nodes.map(({ id }) => id));
  return nodes.every(({ operands }) => operands.every((id) => ids.has(id)));
}

/**
 * Return the operations that depend on parameters and features, and not on the target.
 * @param {Node[]} nodes
 * @param {string[]} columns
 */
function answersOf(nodes, columns) {
  const target = columns.at(-1) ?? "";
  const inputs = nodes.filter(({ role }) => role !== "operation");
  const named = (/** @type {(node: Node) => boolean} */ which) => dependents(nodes, inputs.filter(which));
  const onTarget = named(({ name }) => name === target);
  const onFeatures = named(({ name }) => name !== target && columns.includes(name ?? ""));
  const onParameters = named(({ name, trainable }) => trainable && !columns.includes(name ?? ""));
  const isOne = (/** @type {Node} */ { id, role }) =>
    role === "operation" && onFeatures.has(id) && onParameters.has(id) && !onTarget.has(id);
  return new Set(nodes.filter(isOne).map(({ id }) => id));
}

/**
 * Return the last of `answers` through which everything goes that an output compares with the target.
 * @param {Node[]} nodes
 * @param {string[]} columns
 * @param {string} output
 * @param {Set<string>} answers
 */
function comparedIn(nodes, columns, output, answers) {
  const target = nodes.filter(({ name, role }) => role !== "operation" && name === columns.at(-1));
  const onTarget = dependents(nodes, target);
  const below = ancestors(nodes, [output]);
  const compared = nodes
    .filter(({ id }) => below.has(id) && onTarget.has(id))
    .flatMap(({ operands }) => operands.filter((id) => answers.has(id)));
  if (compared.length === 0) return null;
  const above = [...new Set(compared)].map((id) => ancestors(nodes, [id]));
  const shared = nodes.filter(({ id }) => answers.has(id) && above.every((each) => each.has(id)));
  return shared.at(-1)?.id ?? null;
}

/**
 * Return the ids of nodes and of all that depends on them.
 * @param {Node[]} nodes operands first
 * @param {Node[]} roots
 */
function dependents(nodes, roots) {
  const found = new Set(roots.map(({ id }) => id));
  for (const { id, operands } of nodes) if (operands.some((each) => found.has(each))) found.add(id);
  return found;
}

/**
 * Return the ids of nodes and of all that they depend on.
 * @param {Node[]} nodes operands first
 * @param {string[]} roots
 */
function ancestors(nodes, roots) {
  const found = new Set(roots);
  for (const { id, operands } of nodes.toReversed()) if (found.has(id)) for (const each of operands) found.add(each);
  return found;
}

/**
 * Return where a prediction changes sides: between the classes, but at 0 for a score.
 * @param {string} prediction
 * @param {number[]} targets
 * @returns {number}
 */
export function thresholdOf(prediction, targets) {
  const [one, other] = classesOf(targets) ?? [0, 0];
  return SCORES.test(prediction) ? 0 : (one + other) / 2;
}

/**
 * Return the two numbers of the classes, the smaller one first; null if there are not two classes.
 * @param {number[]} targets
 * @returns {[number, number] | null}
 */
export function classesOf(targets) {
  const classes = [...new Set(targets)].sort((one, other) => one - other);
  return classes.length === 2 && targets.length > 2 ? [classes[0], classes[1]] : null;
}

/**
 * Return the name of the set to begin with: one that the program has inputs for, if possible by its own program.
 * @param {DataSet[]} sets
 * @param {string} source
 * @param {string[]} inputs
 */
export function setFor(sets, source, inputs) {
  const own = sets.find(({ program }) => program.source.trim() === source.trim());
  const fitting = sets.find(({ columns }) => inputsFor(columns, inputs, "") !== null);
  return (own ?? fitting ?? sets[0])?.name ?? "";
}
