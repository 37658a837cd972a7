// @ts-check
/**
 * The leaves: each with a field, a slider, a lock and its gradient. Dragging asks for new numbers, never for a new
 * picture.
 */

import { numberOf } from "../api.js";
import { plus } from "../decimals.js";
import { find, make, showNumber } from "../dom.js";
import { faceAt } from "../player.js";
import { rangeFor } from "../sliders.js";
import { cursorOf } from "../store.js";

/**
 * @typedef {import("../trace.js").Node & {name: string}} Leaf
 * @typedef {import("../trace.js").Face} Face
 * @typedef {{row: HTMLElement, leaf: Leaf, start: Face | undefined, now: Face | undefined, input: string | undefined,
 *   held: boolean}} Row What a row shows at the moment.
 */

const MARKS = { pos: "▲", neg: "▼", zero: "○", nan: "⚠", none: "", abs: "" };

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#leaves");
  const body = find(root, "tbody");
  listen(body, store);
  /** @type {Row[]} */
  let rows = [];
  body.addEventListener("focusout", () => {
    rows = rows.map(({ row, leaf }) => blank(row, leaf));
    update(rows, store.state);
  });
  let names = "";
  const build = () => {
    const leaves = leavesOf(store.state.run);
    const now = JSON.stringify(
      leaves.map(({ name, label, adjustable, literal }) => [name, label, adjustable, literal]),
    );
    if (now !== names) body.replaceChildren(...leaves.map(rowOf));
    rows = leaves.map((leaf, k) => blank(/** @type {HTMLElement} */ (body.children[k]), leaf));
    find(root, "table").classList.toggle("wide", leaves.some(isLong));
    names = now;
    root.hidden = leaves.length === 0;
  };
  store.subscribe((state, before) => {
    if (state.run !== before.run) build();
    const changed = (/** @type {(keyof typeof state)[]} */ ...keys) => keys.some((key) => state[key] !== before[key]);
    if (changed("run", "step", "inputs", "fixed")) update(rows, state);
  });
  build();
  update(rows, store.state);
}

/**
 * @param {HTMLElement} body
 * @param {import("../store.js").Store} store
 */
function listen(body, store) {
  const set = (/** @type {string} */ name, /** @type {string | null} */ text) =>
    store.dispatch({ type: "input", name, text });
  body.addEventListener("input", ({ target: field }) => {
    if (field instanceof HTMLInputElement) take(field, set);
  });
  body.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    const name = button?.dataset.leaf ?? "";
    if (button?.classList.contains("reset")) set(name, null);
    else if (button) store.dispatch({ type: "lock", name, fixed: button.getAttribute("aria-pressed") !== "true" });
  });
  body.addEventListener("dblclick", ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === "range") set(target.dataset.leaf ?? "", null);
  });
  body.addEventListener("keydown", (event) => {
    const ways = new Map([
      ["ArrowUp", 1],
      ["ArrowDown", -1],
    ]);
    const way = ways.get(event.key);
    const field = event.target;
    if (!way || !(field instanceof HTMLInputElement) || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = plus(field.value, stepOf(field), (event.shiftKey ? 10 : 1) * way);
    if (next === null) return;
    event.preventDefault();
    field.value = next;
    take(field, set);
  });
}

/**
 * Take what somebody typed or dragged.
 * @param {HTMLInputElement} field
 * @param {(name: string, text: string) => void} set
 */
function take(field, set) {
  const readable = numberOf(field.value) !== null;
  field.setAttribute("aria-invalid", String(!readable));
  if (readable) set(field.dataset.leaf ?? "", field.value.trim());
}

/**
 * Return the step of the slider beside a field.
 * @param {HTMLInputElement} field
 */
function stepOf(field) {
  const slider = field.parentElement?.querySelector("input[type=range]");
  return slider?.getAttribute("step") ?? "1";
}

/**
 * @param {HTMLElement} row
 * @param {Leaf} leaf
 * @returns {Row}
 */
function blank(row, leaf) {
  return { row, leaf, start: undefined, now: undefined, input: undefined, held: false };
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
function rowOf({ name, label, adjustable, literal }) {
  const head = make("th", { scope: "row", title: label }, make("span", {}, label));
  const grad = make("td", { class: "number grad" }, make("i", { "aria-hidden": "true" }), make("span"));
  if (!adjustable) return make("tr", {}, head, make("td", { class: "number data" }), grad);
  if (literal === null) head.append(make("small", { title: "nobody gave it a value" }, "default"));
  const marks = { "data-leaf": name, autocomplete: "off" };
  const field = make("input", { ...marks, "aria-label": `data of ${label}`, spellcheck: "false" });
  const slider = make("input", { ...marks, type: "range", "aria-label": `slider of ${label}` });
  const value = make("div", { class: "value" }, field, slider, lockOf(name, label), resetOf(name, label, literal));
  return make("tr", {}, head, make("td", {}, value, make("span", { class: "now number" })), grad);
}

/**
 * @param {string} name
 * @param {string} label
 */
function lockOf(name, label) {
  const title = `hold ${label} fixed: it gets no gradient`;
  const button = { "data-leaf": name, type: "button", class: "lock", "aria-pressed": "false", title };
  return make("button", { ...button, "aria-label": `hold ${label} fixed` }, make("i"));
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string | null} literal
 */
function resetOf(name, label, literal) {
  const title = literal ? `back to ${literal}, as in the program` : "back to 1.0, the default";
  const button = { "data-leaf": name, type: "button", class: "reset", "aria-label": `reset ${label}`, title };
  return make("button", button, "↺");
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
  const fixed = new Set(state.fixed);
  for (const row of rows) {
    const { id, name } = row.leaf;
    const [start, now] = [faceAt(run, id, run.first_step), faceAt(run, id, at)];
    const input = name in inputs ? inputs[name] : undefined;
    const held = fixed.has(name);
    if (now === row.now && start === row.start && input === row.input && held === row.held) continue;
    Object.assign(row, { start, now, input, held });
    if (start?.data && now) write(row, start.data, now);
  }
}

/**
 * @param {Row} row
 * @param {import("../trace.js").Shown} start
 * @param {Face} now
 */
function write({ row, leaf, input, held }, start, now) {
  writeGradient(find(row, ".grad"), now, held);
  if (!leaf.adjustable) {
    showNumber(find(row, ".data"), now.data);
    return;
  }
  setValue(row, input ?? start[1]);
  row.classList.toggle("moved", input !== undefined);
  find(row, ".reset").toggleAttribute("disabled", input === undefined);
  find(row, ".lock").setAttribute("aria-pressed", String(held));
  find(row, ".now").textContent = now.data && now.data[1] !== start[1] ? `now ${now.data[0]}` : "";
}

/**
 * @param {HTMLElement} cell
 * @param {Face} face
 * @param {boolean} held
 */
function writeGradient(cell, { grad, sign }, held) {
  find(cell, "i").textContent = held ? "" : MARKS[sign];
  cell.dataset.sign = held ? "none" : sign;
  const number = find(cell, "span");
  showNumber(number, held ? null : grad);
  if (held) number.title = "held fixed: no gradient";
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
  setRange(slider, value);
  slider.value = String(value);
}

/**
 * Give a slider a range that holds `value`; it stays while one drags.
 * @param {HTMLInputElement} slider
 * @param {number} value
 */
function setRange(slider, value) {
  const { reach: before, step: last } = slider.dataset;
  const range = before && last ? { reach: Number(before), step: last } : null;
  const { reach, step } = rangeFor(value, range);
  if (range?.reach === reach) return;
  Object.assign(slider.dataset, { reach, step });
  slider.max = String(reach);
  slider.min = String(-reach);
  slider.step = step;
}
