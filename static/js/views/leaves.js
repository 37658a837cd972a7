// @ts-check
/** The leaves: each with a field, a slider and its gradient. Dragging asks for new numbers, never for a new picture. */

import { numberOf } from "../api.js";
import { find, make, showNumber } from "../dom.js";
import { faceAt } from "../player.js";
import { cursorOf } from "../store.js";

/**
 * @typedef {import("../trace.js").Node & {name: string}} Leaf
 * @typedef {import("../trace.js").Face} Face
 * @typedef {{row: HTMLElement, leaf: Leaf, start: Face | undefined, now: Face | undefined, input: string | undefined}} Row
 *   What a row shows at the moment.
 */

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#leaves");
  const body = find(root, "tbody");
  body.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement)) return;
    const name = field.dataset.leaf ?? "";
    const readable = numberOf(field.value) !== null;
    field.setAttribute("aria-invalid", String(!readable));
    if (readable) store.dispatch({ type: "input", name, text: field.value.trim() });
  });
  body.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button) store.dispatch({ type: "input", name: button.dataset.leaf ?? "", text: null });
  });
  /** @type {Row[]} */
  let rows = [];
  body.addEventListener("focusout", () => {
    rows = rows.map(({ row, leaf }) => blank(row, leaf));
    update(rows, store.state);
  });
  let names = "";
  const build = () => {
    const leaves = leavesOf(store.state.run);
    const now = JSON.stringify(leaves.map(({ name, label, adjustable }) => [name, label, adjustable]));
    if (now !== names) body.replaceChildren(...leaves.map(rowOf));
    rows = leaves.map((leaf, k) => blank(/** @type {HTMLElement} */ (body.children[k]), leaf));
    find(root, "table").classList.toggle("wide", leaves.some(isLong));
    names = now;
    root.hidden = leaves.length === 0;
  };
  store.subscribe((state, before) => {
    if (state.run !== before.run) build();
    if (state.run !== before.run || state.step !== before.step || state.inputs !== before.inputs) update(rows, state);
  });
  build();
  update(rows, store.state);
}

/**
 * @param {HTMLElement} row
 * @param {Leaf} leaf
 * @returns {Row}
 */
function blank(row, leaf) {
  return { row, leaf, start: undefined, now: undefined, input: undefined };
}

/**
 * Return the leaves on screen that have a name; what happens to one inside a folded group is not told.
 * @param {import("../trace.js").Run | null} run
 * @returns {Leaf[]}
 */
function leavesOf(run) {
  return /** @type {any} */ (
    run?.nodes.filter(({ role, name, group }) => role === "input" && name !== null && !group) ?? []
  );
}

/** @param {Leaf} leaf */
function isLong({ label }) {
  return label.length > 7;
}

/** @param {Leaf} leaf */
function rowOf({ name, label, adjustable }) {
  const head = make("th", { scope: "row", title: label }, label);
  const grad = make("td", { class: "number grad" });
  if (!adjustable) return make("tr", {}, head, make("td", { class: "number data" }), grad);
  const marks = { "data-leaf": name, autocomplete: "off" };
  const field = make("input", { ...marks, "aria-label": `data of ${label}`, spellcheck: "false" });
  const slider = make("input", { ...marks, type: "range", "aria-label": `slider of ${label}` });
  const reset = make(
    "button",
    { "data-leaf": name, type: "button", class: "reset", "aria-label": `reset ${label}` },
    "↺",
  );
  const value = make("div", { class: "value" }, field, slider, reset);
  return make("tr", {}, head, make("td", {}, value, make("span", { class: "now number" })), grad);
}

/**
 * Let each row show what its leaf has now, if that is something else than before.
 * @param {Row[]} rows
 * @param {import("../store.js").State} state
 */
function update(rows, state) {
  const { run, inputs } = state;
  if (!run) return;
  const at = cursorOf(state);
  for (const row of rows) {
    const { id, name } = row.leaf;
    const [start, now] = [faceAt(run, id, run.first_step), faceAt(run, id, at)];
    const input = name in inputs ? inputs[name] : undefined;
    if (now === row.now && start === row.start && input === row.input) continue;
    Object.assign(row, { start, now, input });
    if (start?.data && now) write(row.row, row.leaf, start.data, now, input);
  }
}

/**
 * @param {HTMLElement} row
 * @param {Leaf} leaf
 * @param {import("../trace.js").Shown} start
 * @param {Face} now
 * @param {string | undefined} input
 */
function write(row, { adjustable }, start, now, input) {
  showNumber(find(row, ".grad"), now.grad);
  if (!adjustable) {
    showNumber(find(row, ".data"), now.data);
    return;
  }
  setValue(row, input ?? start[1]);
  find(row, ".reset").toggleAttribute("disabled", input === undefined);
  find(row, ".now").textContent = now.data && now.data[1] !== start[1] ? `now ${now.data[0]}` : "";
}

/**
 * Write a value into field and slider, but not under the hands of somebody who types or drags.
 * @param {Element} row
 * @param {string} text
 */
function setValue(row, text) {
  const field = /** @type {HTMLInputElement} */ (find(row, "input:not([type=range])"));
  const slider = /** @type {HTMLInputElement} */ (find(row, "input[type=range]"));
  if (document.activeElement !== field && field.value !== text) {
    field.value = text;
    field.removeAttribute("aria-invalid");
  }
  const value = numberOf(text);
  slider.disabled = typeof value !== "number";
  if (typeof value !== "number" || Number(slider.value) === value) return;
  if (Math.abs(value) > Number(slider.max) || !slider.dataset.ready) setRange(slider, value);
  slider.value = String(value);
}

/**
 * Give a slider a range around zero that holds `value` well inside; it stays while one drags.
 * @param {HTMLInputElement} slider
 * @param {number} value
 */
function setRange(slider, value) {
  const size = Math.abs(value);
  const reach = size > 0 && (size > 5 || size < 0.05) ? 2 * 10 ** Math.ceil(Math.log10(size)) : 10;
  slider.max = String(reach);
  slider.min = String(-reach);
  slider.step = String(reach / 200);
  slider.dataset.ready = "";
}
