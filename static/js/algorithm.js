// @ts-check
/**
 * The algorithm beside the walk: its listing in two spellings, and what a moment of the walk means in it, namely the line
 * that runs, the operation at hand in code, and what the variables hold. Numbers come as texts. Start at `momentOf`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Step} Step
 * @typedef {import("./store.js").State} State
 * @typedef {{key: string, text: string}} Line
 * @typedef {{title: string, lines: string[], active: number}} Here The operation at hand; `active` -1: none of its lines.
 * @typedef {{line: string | null, here: Here, variables: [name: string, value: string][], note: string}} Moment
 */

import { endsOf, entriesDone, placeBefore } from "./entries.js";
import { oncePer } from "./once.js";
import { faceAt, labelOf, nodeOf } from "./player.js";
import { heldAfter } from "./sorting.js";
import { cursorOf, entryOf, sortOf } from "./store.js";
import { passAt } from "./trace.js";

const NEAR = 3; // nodes before and after the current one that a list shows
const LATEST = 12; // nodes of a growing list that are shown

/** @type {Line[]} */
const SORT = [
  { key: "topo", text: "topo = []" },
  { key: "visited", text: "visited = set()" },
  { key: "def", text: "def build_topo(v):" },
  { key: "seen", text: "    if v not in visited:" },
  { key: "visit", text: "        visited.add(v)" },
  { key: "children", text: "        for child in v._prev:" },
  { key: "descend", text: "            build_topo(child)" },
  { key: "append", text: "        topo.append(v)" },
  { key: "call", text: "build_topo(self)" },
  { key: "seed", text: "self.grad = 1" },
  { key: "loop", text: "for v in reversed(topo):" },
];

/** How `backward` is written: with a closure in each node, or with the local gradients that each node stores. */
export const LISTINGS = {
  closures: indented([...SORT, { key: "backward", text: "    v._backward()" }]),
  partials: indented([
    ...SORT.map(({ key, text }) => ({ key, text: text.replace("_prev", "_children") })),
    { key: "zip", text: "    for child, local_grad in zip(v._children, v._local_grads):" },
    { key: "backward", text: "        child.grad += local_grad * v.grad" },
  ]),
};

/**
 * @param {Line[]} lines
 * @returns {Line[]}
 */
function indented(lines) {
  const body = lines.map(({ key, text }) => ({ key, text: `    ${text}` }));
  return [{ key: "backward()", text: "def backward(self):" }, ...body];
}

/** @type {Here} */
const NOWHERE = { title: "", lines: [], active: -1 };

/**
 * Return what the algorithm does at the moment on screen.
 * @param {State} state
 * @returns {Moment}
 */
export function momentOf(state) {
  const sort = sortOf(state);
  if (state.run && sort && sort.done > 0) return sortMoment(state, state.run, sort);
  const step = state.step === null ? null : entryOf(state);
  if (!state.run || !step) return { line: null, here: NOWHERE, variables: [], note: NOTES.rest };
  if (step.group || !step.node) return { line: null, here: NOWHERE, variables: [], note: NOTES.folded };
  const here = hereOf(state, state.run, step);
  const variables = variablesOf(state, state.run, step);
  return { line: LINES[step.phase], here, variables, note: NOTES[step.phase] };
}

const LINES = { forward: null, seed: "seed", backward: "backward", update: null };

const NOTES = {
  rest: "Press → or Play: the line that runs is marked.",
  folded: "These steps happen inside a folded group. Open it to see them line by line.",
  forward: "The forward pass: the program runs, and each operation makes a node.",
  seed: "– is a grad that is still 0, as __init__ sets it: self.grad = 0",
  backward: "– is a grad that is still 0, as __init__ sets it: self.grad = 0",
  update: "The program changes a number itself; backward() is over.",
  closures: "micrograd keeps _prev as a set, so its order is not fixed; here it is the order of the operands.",
  partials: "",
};

/**
 * @param {State} state
 * @param {Run} run
 * @param {{events: import("./sorting.js").Event[], done: number}} sort
 * @returns {Moment}
 */
function sortMoment(state, run, { events, done }) {
  const { kind, node } = events[done - 1];
  const { visited, topo, calls } = heldAfter(events, done);
  const depth = calls.length + (kind === "visit" ? 0 : 1);
  const names = (/** @type {string[]} */ ids) => ids.map((id) => labelOf(run, id));
  return {
    line: kind,
    here: operationOf(state, run, node, -1),
    variables: [
      ["v", labelOf(run, node)],
      ["calls", `${depth}: ${latest(names(kind === "visit" ? calls : [...calls, node]))}`],
      ["visited", `{${latest(names(visited))}}`],
      ["topo", `[${latest(names(topo))}]`],
    ],
    note: NOTES[state.spelling],
  };
}

/** @param {string[]} names */
function latest(names) {
  return names.length > LATEST ? `… ${names.slice(-LATEST).join(", ")}` : names.join(", ");
}

// -- the operation at hand --------------------------------------------------------------------------------------------

/**
 * @param {State} state
 * @param {Run} run
 * @param {Step} step
 * @returns {Here}
 */
function hereOf(state, run, step) {
  if (step.phase === "update") return { title: "program", lines: [step.text ?? "…"], active: 0 };
  return operationOf(state, run, step.node ?? "", step.phase === "forward" ? 0 : -1, step);
}

/**
 * Return an operation in code: the line that computes it, and what it keeps for the backward pass.
 * @param {State} state
 * @param {Run} run
 * @param {string} id
 * @param {number} active
 * @param {Step} [step]
 * @returns {Here}
 */
function operationOf(state, run, id, active, step) {
  const node = nodeOf(run, id);
  if (!node) return NOWHERE;
  if (node.role !== "operation") return { title: node.role, lines: [`${node.label} is a leaf`], active: -1 };
  const name = node.name ?? node.label;
  const made = `${name} = ${madeBy(state, run, id) ?? node.expression ?? "…"}`;
  if (state.spelling === "partials") return { title: "operation", lines: [made, ...stored(run, id, name)], active };
  const entries = contributionsOf(run, id, entriesDone(run, cursorOf(state)));
  const closure = entries.map((k) => `    ${lineOf(state, run, k)}`);
  const at = step?.phase === "backward" ? entries.findIndex((k) => run.steps[k].slot === step.slot) + 2 : active;
  return { title: "operation", lines: closure.length ? [made, "def _backward():", ...closure] : [made], active: at };
}

/**
 * Return how a node was computed, of operands; null if nobody told it yet.
 * @param {State} state
 * @param {Run} run
 * @param {string} id
 */
function madeBy(state, run, id) {
  const node = nodeOf(run, id);
  const k = run.steps.findIndex((step) => step.phase === "forward" && step.node === id);
  const text = k < 0 ? undefined : toldOf(state, run, k).text;
  const [data] = (text ?? "").split(" = ").slice(-1);
  const figures = text?.slice(0, -` = ${data}`.length) ?? "";
  const symbols = figures.slice(0, figures.lastIndexOf(" = "));
  const prefix = `${node?.name ?? node?.label} = `;
  return symbols.startsWith(prefix) ? symbols.slice(prefix.length) : null;
}

/**
 * @param {Run} run
 * @param {string} id
 * @param {string} name
 */
function stored(run, id, name) {
  const operands = nodeOf(run, id)?.operands ?? [];
  const locals = operands.map((_, slot) => localOf(run, id, slot)?.[0] ?? "…");
  return [
    `${name}._children = ${tuple(operands.map((each) => labelOf(run, each)))}`,
    `${name}._local_grads = ${tuple(locals)}`,
  ];
}

/** @param {string[]} parts */
function tuple(parts) {
  return `(${parts.join(", ")}${parts.length === 1 ? "," : ""})`;
}

/**
 * Return the local gradient of a node by the operand in `slot`, if the document has it.
 * @param {Run} run
 * @param {string} id
 * @param {number} slot
 */
function localOf(run, id, slot) {
  const shown = /** @type {{partials?: (import("./trace.js").Shown | null)[]} | undefined} */ (nodeOf(run, id)?.shown);
  return shown?.partials?.[slot];
}

/**
 * Return the line that adds a contribution, without its numbers; with blanks for a factor that nobody told yet.
 * @param {State} state
 * @param {Run} run
 * @param {number} k
 */
function lineOf(state, run, k) {
  const { text, node, operand, shown } = toldOf(state, run, k);
  const { local, upstream, contribution } = /** @type {Record<string, import("./trace.js").Shown>} */ (shown ?? {});
  const figures = local && upstream ? ` = ${local[1]} * ${upstream[1]} = ${contribution[1]}` : " = ";
  const end = text?.lastIndexOf(figures) ?? -1;
  if (text && end > 0 && local) return text.slice(0, end);
  return `${labelOf(run, operand ?? "")}.grad += … * ${labelOf(run, node ?? "")}.grad`;
}

/**
 * @param {State} state
 * @param {Run} run
 * @param {number} k
 * @returns {Step}
 */
function toldOf({ texts }, run, k) {
  return texts[endsOf(run)[k]] ?? run.steps[k];
}

/**
 * Return the entries that carry what node `id` received on to its operands, of the pass that is walked after `done`
 * entries.
 * @param {Run} run
 * @param {string} id
 * @param {number} done
 */
function contributionsOf(run, id, done) {
  const pass = passAt(run, endsOf(run)[Math.max(done - 1, 0)]);
  return (backwardOf(run).get(id) ?? []).filter((k) => passAt(run, endsOf(run)[k]) === pass);
}

/** Return the entries of the backward passes by the node that they come from. */
const backwardOf = oncePer((/** @type {Run} */ run) => {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const [k, { phase, node }] of run.steps.entries()) {
    if (phase !== "backward" || !node) continue;
    if (!found.has(node)) found.set(node, []);
    found.get(node)?.push(k);
  }
  return found;
});

// -- variables --------------------------------------------------------------------------------------------------------

/**
 * @param {State} state
 * @param {Run} run
 * @param {Step} step
 * @returns {[string, string][]}
 */
function variablesOf(state, run, step) {
  const cursor = cursorOf(state);
  const name = labelOf(run, step.node ?? "");
  const before = placeBefore(run, cursor) ?? cursor;
  const change = (/** @type {string} */ id, /** @type {"data" | "grad"} */ field) =>
    `${shortAt(run, id, field, before)} → ${shortAt(run, id, field, cursor)}`;
  const id = step.node ?? "";
  if (step.phase === "forward") return forwardVariables(run, id, cursor);
  if (step.phase === "update") return [[`${name}.${step.field ?? "data"}`, change(id, step.field ?? "data")]];
  if (step.phase === "seed") return [["self", name], ["self.grad", change(id, "grad")], orderOf(run, id, cursor)];
  const child = step.operand_group ? step.operand_group : labelOf(run, step.operand ?? "");
  const arrives = step.operand_group
    ? `${step.shown?.before?.[0] ?? "–"} → ${step.shown?.after?.[0] ?? "–"}`
    : change(step.operand ?? "", "grad");
  const { local, upstream } = /** @type {Record<string, import("./trace.js").Shown>} */ (step.shown ?? {});
  if (state.spelling === "closures") {
    const arrived = (upstream ?? faceAt(run, id, cursor)?.grad)?.[0] ?? "–";
    return [["v", name], [`${name}.grad`, arrived], [`${child}.grad`, arrives], orderOf(run, id, cursor)];
  }
  return [
    ["v", name],
    ["v.grad", (upstream ?? faceAt(run, id, cursor)?.grad)?.[0] ?? "–"],
    ["child", child],
    ["local_grad", (local ?? localOf(run, id, step.slot ?? 0))?.[0] ?? "…"],
    ["child.grad", arrives],
    orderOf(run, id, cursor),
  ];
}

/**
 * @param {Run} run
 * @param {string} id
 * @param {number} cursor
 * @returns {[string, string][]}
 */
function forwardVariables(run, id, cursor) {
  const operands = [...new Set(nodeOf(run, id)?.operands ?? [])].slice(0, 2 * NEAR);
  return [...operands, id].map((each) => [`${labelOf(run, each)}.data`, shortAt(run, each, "data", cursor)]);
}

/**
 * Return where a node stands in the list that the walk goes through.
 * @param {Run} run
 * @param {string} id
 * @param {number} cursor
 * @returns {[string, string]}
 */
function orderOf(run, id, cursor) {
  const order = run.passes[passAt(run, cursor)]?.order;
  const at = order ? (placesIn(order).get(id) ?? -1) : -1;
  if (!order || at < 0) return ["reversed(topo)", "…"];
  const near = order.slice(Math.max(at - NEAR, 0), at + NEAR + 1).reverse();
  const names = near.map((each) => (each === id ? `▸${labelOf(run, each)}` : labelOf(run, each)));
  const text = `${at + NEAR + 1 < order.length ? "… " : ""}${names.join(", ")}${at > NEAR ? " …" : ""}`;
  return ["reversed(topo)", `[${text}], ${order.length - at} of ${order.length}`];
}

const placesIn = oncePer((/** @type {string[]} */ order) => new Map(order.map((id, k) => [id, k])));

/**
 * @param {Run} run
 * @param {string} id
 * @param {"data" | "grad"} field
 * @param {number} cursor
 */
function shortAt(run, id, field, cursor) {
  return faceAt(run, id, cursor)?.[field]?.[0] ?? "–";
}
