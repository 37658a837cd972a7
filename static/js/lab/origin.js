// @ts-check
/** NaN: the first number that is not finite, where it came from and went, and rewrites that cure it. */

import { make } from "../dom.js";
import { button, fields, idOf, nodeChoice } from "./form.js";
import { letPoint, rowButton, showChosen } from "./marking.js";
import { tableOf } from "./rows.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{phase: "leaf" | "forward" | "backward" | "update", step: number, node: string, label: string,
 *   operand: string | null, slot: number | null, calculation: string, sentence: string,
 *   from: {label: string, shown: Shown}[], from_count: number, spread: string[], spread_text: string}} Event
 * @typedef {{title: string, about: string, source: string, sentence: string}} Cure
 * @typedef {{node: string, slot: number, operand: string, label: string, op: string,
 *   shown: {local: Shown, product: Shown}}} Edge
 * @typedef {{leaf: {label: string}, edges: Edge[], sentence: string}} Factors
 * @typedef {{finite: boolean, forward: Event | null, backward: Event | null, others: Event[], others_count: number,
 *   cures: Cure[], factors: Factors | null,
 *   sentence: string, notes: string[]}} Answer
 */

export const name = "origin";
export const title = "NaN";
export const about = "Find the first number that is not finite, see why, and what to write instead.";

const SHOWN_LEAVES = 4;

/** @type {[string, string][]} */
const EXAMPLES = [
  ["log(1 + exp(x)) at 800", "x = 800.0\ny = log(1 + exp(x))"],
  ["sqrt(x) * x at 0", "x = 0.0\ny = sqrt(x) * x"],
  ["sin(x) / x at 0", "x = 0.0\ny = sin(x) / x"],
  ["Cross-entropy of large scores", "a = -800.0\nb = 800.0\nloss = -log(exp(a) / (exp(a) + exp(b)))"],
  ["A mask times a root", "x = -2.0\ny = (x > 0) * sqrt(x)"],
  ["Six sigmoids", "x = 2.0\nh = x\nfor k in range(6):\n    h = sigmoid(h)\nh"],
];

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const saying = make("p", { class: "saying", "aria-live": "polite" });
  const leaf = nodeChoice(desk, { name: "leaf", label: "Factors on the way to" });
  const choices = fields("Way", leaf);
  const found = make("div");
  const beside = make("div", { class: "beside" });
  room.append(choices, saying, make("div", { class: "halves" }, found, beside));
  /** @type {Answer | null} */
  let answer = null;

  const marks = () => (answer?.finite ? (answer.factors?.edges ?? []).map(markOf) : events(answer).map(traceOf));
  const chosen = () => (answer?.finite ? -1 : events(answer).findIndex((event) => keyOf(event, answer) === wanted()));
  const wanted = () => desk.setting("pass", "");
  const trace = (/** @type {number | null} */ row) => {
    const traced = marks()[row ?? chosen()] ?? null;
    if (traced !== null || desk.store.state.traced !== null) desk.trace(traced);
  };
  const jump = (/** @type {Event} */ event) => {
    const { step, sentence } = event;
    desk.set("pass", keyOf(event, answer));
    desk.store.dispatch({ type: "walk", to: step });
    desk.say(`Step ${step}: ${sentence}`);
  };
  const mark = () => showChosen(found, (row) => row === chosen());

  const write = (/** @type {Cure} */ { source, title: text }) => {
    desk.store.dispatch({ type: "typed", source, whole: true });
    desk.say(`Done: ${text}. Undo brings the old program back.`);
  };
  const open = (/** @type {string} */ source) => desk.open({ source });
  letPoint(found, trace);
  desk.live({
    path: "/api/v1/origin",
    question: (program, { run }) => {
      const leaf = run?.source === program.source ? idOf(desk, "leaf") : null;
      return { ...program, leaf: leaf ?? "" };
    },
    show: (/** @type {Answer} */ told) => {
      answer = told;
      choices.hidden = told.factors === null;
      saying.textContent = [told.sentence, told.factors?.sentence ?? ""].join(" ");
      found.replaceChildren(...(told.finite ? factorsOf(told) : eventsOf(told, jump)));
      const notes = told.notes.map((note) => make("p", { class: "note" }, note));
      beside.replaceChildren(
        ...(told.finite ? examplesOf(open) : told.cures.map((cure) => cureOf(cure, write))),
        ...notes,
      );
      mark();
      trace(null);
    },
    room,
  });
  desk.watch((state, past) => {
    if (state.settings.pass === past.settings.pass) return;
    mark();
    trace(null);
  });
}

/**
 * Return the first number of each pass, then the others that are not finite by themselves.
 * @param {Answer | null} answer
 */
function events(answer) {
  if (answer === null) return [];
  return [answer.forward, answer.backward, ...answer.others].filter((event) => event !== null);
}

/**
 * Return how the address names an event.
 * @param {Event} event
 * @param {Answer | null} answer
 */
function keyOf(event, answer) {
  const pass = passOf(event.phase);
  return event === answer?.[pass] ? pass : `${pass}-${event.node}`;
}

/** @param {Event["phase"]} phase */
function passOf(phase) {
  return phase === "backward" ? "backward" : "forward";
}

/**
 * Return what the picture marks of an event: the number and whatever it spoilt.
 * @param {Event} event
 * @returns {import("../store.js").Traced}
 */
function traceOf({ node, operand, slot, spread }) {
  const nodes = [...new Set([node, ...(operand === null ? [] : [operand]), ...spread])];
  return { nodes, edges: slot === null ? [] : [`${node}.${slot}`] };
}

/**
 * @param {Edge} edge
 * @returns {import("../store.js").Traced}
 */
function markOf({ node, slot, operand }) {
  return { nodes: [node, operand], edges: [`${node}.${slot}`] };
}

/**
 * @param {Answer} answer
 * @param {(event: Event) => void} jump
 */
function eventsOf(answer, jump) {
  const rows = events(answer).map((event) => [
    rowButton(passOf(event.phase), labelOf(event, answer), () => {
      jump(event);
    }),
    event.label,
    event.calculation,
    leavesOf(event),
    event.spread_text || "nothing else",
  ]);
  const head = ["pass", "at", "number", "from", "spoils"];
  const caption = "Where numbers stop being finite: the first of each pass, then others that do by themselves";
  const second = answer.forward && answer.backward ? `Backwards: ${answer.backward.sentence} ` : "";
  const left = answer.others_count - answer.others.length;
  const more = left > 0 ? `${left} more are not listed. ` : "";
  return [
    tableOf({ caption, head, rows }),
    make("p", { class: "note" }, `${second}${more}Press a pass to see the graph at that step.`),
  ];
}

/**
 * @param {Event} event
 * @param {Answer} answer
 */
function labelOf(event, answer) {
  const pass = passOf(event.phase);
  const which = event === answer[pass] ? `the first of the ${pass} pass` : `${pass}, at ${event.label}`;
  return `Show step ${event.step}, ${which}`;
}

/** @param {Event} event */
function leavesOf({ from, from_count }) {
  const texts = from.slice(0, SHOWN_LEAVES).map(({ label, shown }) => `${label} ${shown[2]} ${shown[0]}`);
  const more = from_count - texts.length;
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join(", ") || "itself";
}

/** @param {Answer} answer */
function factorsOf({ factors }) {
  if (factors === null) return [];
  const rows = factors.edges.map(({ label, op, shown }) => [
    rowButton(label, `Mark the edge below ${label}`, () => {}),
    op,
    shown.local,
    shown.product,
  ]);
  const head = ["at", "operation", "local derivative", "product so far"];
  return [tableOf({ caption: `From the output down to ${factors.leaf.label}`, head, rows })];
}

/**
 * @param {Cure} cure
 * @param {(cure: Cure) => void} write
 */
function cureOf(cure, write) {
  const text = cure.title.replace(/^Write /, "");
  const press = button("Write it", () => write(cure), { "aria-label": cure.title });
  return make(
    "section",
    { class: "cure" },
    make("div", { class: "proposal" }, make("code", {}, text), press),
    make("p", {}, `${cure.about} ${cure.sentence}`),
  );
}

/** @param {(source: string) => void} open */
function examplesOf(open) {
  const items = EXAMPLES.map(([text, source]) =>
    make(
      "li",
      {},
      button(text, () => open(source)),
    ),
  );
  return [make("h3", {}, "Programs in which something goes wrong"), make("ul", { class: "examples" }, ...items)];
}
