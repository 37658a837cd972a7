// @ts-check
/** Nudge: one node moves a little; how far the output moves stands beside what the gradient says. */

import { make } from "../dom.js";
import { coneOf } from "./cone.js";
import { choice, fields, idOf, logSlider, nodeChoice } from "./form.js";
import { createPlot } from "./plot.js";
import { tableOf } from "./rows.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{shown: Record<string, Shown>, verdict: string, foretold: boolean | null, sentence: string}} Case
 * @typedef {{estimate: number | string, error: number | string, shown: {estimate: Shown, error: Shown}}} Difference
 * @typedef {{h: number, shown: Shown, forward: Difference, backward: Difference, central: Difference}} Row
 * @typedef {{node: string, label: string, output: {node: string, label: string}, shown: Record<string, Shown>,
 *   h: number, cases: Case[], sentences: string[], curvature: {text: string} | null,
 *   table: {rows: Row[], best: Record<string, number | null>, sentences: string[]}}} Answer
 */

export const name = "nudge";
export const title = "Nudge";
export const about = "Move one number a little and see how far the output moves: that is what a gradient predicts.";

const H = "0.1";
const METHODS = /** @type {const} */ (["forward", "backward", "central"]);
const isAny = () => true;

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const plot = createPlot(desk);
  const finding = make("p", { class: "saying", "aria-live": "polite" });
  const more = make("ul", { class: "facts" });
  const cases = make("div");
  const steps = make("p", { class: "saying" });
  const graph = choice(desk, {
    name: "graph",
    label: "Graph",
    otherwise: "",
    choices: [
      ["", "as it is"],
      ["up", "nudged up"],
      ["down", "nudged down"],
    ],
  });
  room.append(
    fields(
      "What is nudged",
      nodeChoice(desk, { name: "node", label: "Node", which: isAny }),
      logSlider(desk, { name: "h", label: "by h", otherwise: H, least: -12, most: 1 }),
      graph,
    ),
    finding,
    make("div", { class: "halves" }, make("div", {}, cases, more), make("div", {}, plot.element, steps)),
  );
  /** @type {Answer | null} */
  let answer = null;
  const mark = () => {
    const { run } = desk.store.state;
    if (answer && run) desk.trace(coneOf(run.nodes, answer.node, answer.output.node));
  };
  desk.live({
    path: "/api/v1/nudge",
    room,
    question(program) {
      const node = idOf(desk, "node", isAny);
      return node ? { ...program, node, h: Number(desk.setting("h", H)) } : null;
    },
    show(/** @type {Answer} */ told) {
      answer = told;
      finding.textContent = told.cases[1].sentence;
      const sentences = [...told.sentences, told.curvature?.text ?? null].filter((text) => text !== null);
      more.replaceChildren(...sentences.map((text) => make("li", {}, text)));
      cases.replaceChildren(tableOf(casesOf(told)));
      steps.textContent = told.table.sentences.join(" ");
      const isDrawable = told.table.rows.some(({ forward }) => typeof forward.error === "number" && forward.error > 0);
      plot.element.hidden = !isDrawable;
      if (isDrawable) plot.show(pictureOf(told, desk));
      mark();
      graph.hidden = nameToSet(desk, told.node) === null;
      showInGraph(desk, told);
    },
  });
  desk.watch((state, before) => {
    if (state.run !== before.run) mark();
    if (answer && state.settings.graph !== before.settings.graph) showInGraph(desk, answer);
  });
  return () => plot.close();
}

/**
 * Show the graph with the node nudged, if it is a leaf that can be set and somebody wants to see it.
 * @param {Desk} desk
 * @param {Answer} answer
 */
function showInGraph(desk, { node, cases }) {
  const leaf = nameToSet(desk, node);
  const side = ["down", "up"].indexOf(desk.setting("graph", ""));
  const moved = leaf && side >= 0 ? { [leaf]: cases[side].shown.x[1] } : null;
  if (moved || desk.store.state.overlay) desk.overlay(moved);
}

/**
 * Return the name by which an input sets a node; null if none does.
 * @param {Desk} desk
 * @param {string} id
 */
function nameToSet(desk, id) {
  const leaf = desk.store.state.run?.nodes.find((node) => node.id === id);
  return leaf?.adjustable ? leaf.name : null;
}

/**
 * @param {Answer} answer
 * @returns {import("./rows.js").Table}
 */
function casesOf({ label, output, shown, cases: [down, up] }) {
  const isFine = down.shown.x[0] === shown.data[0] || up.shown.x[0] === shown.data[0];
  const at = (/** @type {Shown} */ number) => number[isFine ? 1 : 0];
  const row = (/** @type {Case} */ told) => [
    at(told.shown.x),
    told.shown.value,
    told.shown.delta,
    told.shown.ratio,
    wordOf(told),
  ];
  return {
    caption: `What if ${label} moves by ${shown.h[0]}?`,
    head: [label, output.label, "change", "change / h", "outcome"],
    rows: [row(down), [at(shown.data), shown.value, "", shown.grad, "now, and the gradient"], row(up)],
    mark: (k) => (k === 1 ? "current" : null),
  };
}

/** @param {Case} told */
function wordOf({ verdict, foretold }) {
  if (foretold === null) return verdict;
  return foretold ? `${verdict} ✓` : `${verdict}, not foretold`;
}

/**
 * @param {Answer} answer
 * @param {Desk} desk
 * @returns {import("./plot.js").Picture}
 */
function pictureOf({ h, label, table: { rows, best, sentences } }, desk) {
  const steps = rows.map((row) => row.h);
  const near = rows.reduce((least, row, k) => (far(row.h, h) < far(rows[least].h, h) ? k : least), 0);
  const isThere = far(rows[near].h, h) < 1e-9;
  const said = (/** @type {Row} */ row) =>
    `${row === rows[near] && !isThere ? "the nearest in the table, " : ""}h = ${row.shown[0]}: one-sided ${row.forward.shown.estimate[0]}, wrong by ${row.forward.shown.error[0]}; ` +
    `central ${row.central.shown.estimate[0]}, wrong by ${row.central.shown.error[0]}`;
  return {
    title: `How wrong differences are, over h`,
    summary: sentences.join(" "),
    x: { label: "h", log: true, domain: [steps[steps.length - 1] / 2, steps[0] * 2] },
    y: { label: "|estimate − gradient|", log: true },
    series: [
      {
        name: "one-sided, (f(x+h) − f(x)) / h",
        x: steps,
        y: rows.map((row) => row.forward.error),
        kind: "both",
        look: 1,
      },
      { name: "central, (f(x+h) − f(x−h)) / 2h", x: steps, y: rows.map((row) => row.central.error), kind: "both" },
    ],
    height: 175,
    cursor: {
      count: rows.length,
      at: near,
      x: (k) => rows[k].h,
      text: (k) => said(rows[k]),
      move: (k) => desk.set("h", String(rows[k].h) === H ? null : String(rows[k].h)),
    },
    table: {
      caption: `Differences by ${label} over h`,
      head: ["h", ...METHODS.flatMap((method) => [method, "error"])],
      rows: rows.map((row) => [row.shown[0], ...METHODS.flatMap((m) => [row[m].shown.estimate, row[m].shown.error])]),
      mark: (at) => (METHODS.some((method) => best[method] === at) ? "current" : null),
    },
  };
}

/**
 * @param {number} one
 * @param {number} other
 */
function far(one, other) {
  return Math.abs(Math.log(one / other));
}
