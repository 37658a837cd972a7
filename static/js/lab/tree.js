// @ts-check
/** Tree: the graph with a copy for each use of a value, and how it folds back while gradients add. */

import { queryOf } from "../address.js";
import { disable, make } from "../dom.js";
import { button, fields } from "./form.js";
import { letPoint, rowButton, showChosen } from "./marking.js";
import { tableOf } from "./rows.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{name: string, shown: {grad: Shown}}} Copy
 * @typedef {{node: string, label: string, copies: Copy[], shown: {grad: Shown}, text: string,
 *   sentence: string}} Copies
 * @typedef {{merged: string | null, label: string | null, nodes: {text: string}}} Stage
 * @typedef {{folded: number, nodes: {text: string}, stages: Stage[], stage_count: number, program: string | null,
 *   fixed: string[], copies: Copies[], next: string | null, sentence: string}} Answer
 */

export const name = "tree";
export const title = "Tree";
export const about =
  "Give each use of a value a copy of its own, and the graph is a tree; fold it back, and gradients add.";

const OWN = "tree-"; // before the ids of its picture
const LEAST = 0.62; // of the size of a picture: smaller numbers cannot be read
const NARROW = 500; // px: a picture leads down

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const saying = make("p", { class: "saying", "aria-live": "polite" });
  const picture = make("div", { class: "picture", tabindex: "0", role: "region", "aria-label": "The tree" });
  const copies = make("div");
  const back = button("Unfold", () => move(-1));
  const on = button("Fold", () => move(1));
  const place = make("span", { class: "place" });
  const open = make("a", { class: "open" }, "Open it as a program");
  room.append(fields("Folding", back, on, place, open), saying, make("div", { class: "halves" }, picture, copies));
  /** @type {Answer | null} */
  let answer = null;
  /** @type {Map<string, string>} By name, the id in the picture. */
  let ids = new Map();
  let drawn = "";
  let stop = new AbortController();

  const move = (/** @type {number} */ by) => {
    if (answer) desk.set("folded", String(Math.min(Math.max(answer.folded + by, 0), answer.stage_count - 1)));
  };
  const point = (/** @type {number | null} */ row) => {
    for (const element of picture.querySelectorAll(".traced")) element.classList.remove("traced");
    const shared = answer?.copies[row ?? answer.copies.findIndex(({ label }) => label === desk.setting("shared", ""))];
    for (const copy of shared?.copies ?? []) {
      const id = ids.get(copy.name);
      if (id) picture.querySelector(`[id="${CSS.escape(OWN + id)}"]`)?.classList.add("traced");
    }
    picture.classList.toggle("tracing", shared !== undefined);
    if (shared || desk.store.state.traced) desk.trace(shared ? { nodes: [shared.node], edges: [] } : null);
  };
  const mark = () => showChosen(copies, (row) => answer?.copies[row]?.label === desk.setting("shared", ""));
  const choose = (/** @type {string} */ label) => {
    const isOff = desk.setting("shared", "") === label;
    desk.set("shared", isOff ? null : label);
    if (!isOff) desk.say(`The copies of ${label} are marked.`);
  };

  const draw = async (/** @type {Answer} */ { program, fixed }) => {
    const direction = desk.store.state.direction ?? (picture.clientWidth < NARROW ? "TB" : "LR");
    const text = JSON.stringify([program, fixed, direction]);
    if (text === drawn) return point(null);
    drawn = text;
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    if (program === null) return picture.replaceChildren(make("p", { class: "none" }, "Too large to be drawn."));
    try {
      const body = { source: program, fixed, svg: true, display: true, direction };
      const told = await desk.ask("/api/v1/run", body, signal);
      if (signal.aborted) return;
      if (told.problem || !told.svg) picture.replaceChildren(make("p", {}, told.problem?.detail ?? ""));
      else show(told);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  const show = (/** @type {any} */ told) => {
    desk.fill(picture, told.svg);
    for (const element of picture.querySelectorAll("[id]")) element.id = OWN + element.id;
    for (const element of picture.querySelectorAll("[tabindex]")) element.removeAttribute("tabindex");
    fit();
    lookAt(picture, ".output");
    ids = new Map(told.nodes.map((/** @type {any} */ node) => [node.name ?? node.id, node.id]));
    point(null);
  };
  const fit = () => {
    const svg = picture.querySelector("svg");
    if (!svg) return;
    const { width, height } = svg.viewBox.baseVal;
    const { clientWidth, clientHeight } = picture;
    const tall = Math.max(clientHeight, Number.parseFloat(getComputedStyle(picture).maxHeight) || 0);
    const scale = Math.min(1, Math.max(LEAST, Math.min(clientWidth / width, (tall - 2) / height)));
    svg.style.width = `${Math.floor(width * scale)}px`;
  };
  const watcher = new ResizeObserver(fit);
  watcher.observe(picture);
  letPoint(copies, point);
  desk.live({
    path: "/api/v1/tree",
    question: (program) => {
      const folded = desk.setting("folded", "");
      return { ...program, ...(/^\d{1,6}$/.test(folded) ? { folded: Number(folded) } : {}) };
    },
    show: (/** @type {Answer} */ told) => {
      answer = told;
      saying.textContent = told.sentence;
      const last = told.stage_count - 1;
      disable(back, told.folded === 0);
      disable(on, told.folded === last);
      const label = told.stages[told.folded + 1]?.label;
      on.textContent = label ? `Fold ${label}` : "Fold";
      place.textContent = `${told.folded} of ${last} folded, ${told.nodes.text} nodes`;
      open.hidden = told.program === null;
      if (told.program !== null) open.href = `/${queryOf(placeOf(told.program, told.fixed))}`;
      copies.replaceChildren(...copiesOf(told, choose));
      mark();
      draw(told);
    },
    room,
  });
  desk.watch((state, past) => {
    if (state.settings.shared === past.settings.shared) return;
    mark();
    point(null);
    lookAt(picture, ".traced");
  });
  return () => {
    stop.abort();
    watcher.disconnect();
  };
}

/**
 * Scroll a tree that is larger than its box to a node.
 * @param {HTMLElement} picture
 * @param {string} which the first one that fits this selector
 */
function lookAt(picture, which) {
  const node = picture.querySelector(which);
  if (!node) return;
  const [inner, outer] = [node.getBoundingClientRect(), picture.getBoundingClientRect()];
  picture.scrollLeft += (inner.left + inner.right) / 2 - outer.left - outer.width / 2;
  picture.scrollTop += (inner.top + inner.bottom) / 2 - outer.top - outer.height / 2;
}

/**
 * @param {Answer} answer
 * @param {(label: string) => void} choose
 */
function copiesOf({ copies }, choose) {
  if (copies.length === 0) return [];
  const rows = copies.map(({ label, copies: each, text }) => [
    rowButton(label, `Mark the copies of ${label}`, () => choose(label)),
    String(each.length),
    text,
  ]);
  const head = ["value", "copies", "their gradients add up"];
  return [tableOf({ caption: "Shared values", head, rows })];
}

/**
 * @param {string} source
 * @param {string[]} fixed
 * @returns {import("../address.js").Place}
 */
function placeOf(source, fixed) {
  return { source, inputs: {}, step: null, direction: null, style: "compact", constants: "inline", open: null, fixed };
}
