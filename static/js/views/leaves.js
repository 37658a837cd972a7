// @ts-check
/**
 * The leaves: each with a field, a slider, the slider's bounds, a lock and its gradient. Dragging asks for new numbers,
 * never for a new picture.
 */

import { numberOf } from "../api.js";
import { plus, readingOf } from "../decimals.js";
import { find, make, showNumber } from "../dom.js";
import { faceAt } from "../player.js";
import { between, holding, rangeFor } from "../sliders.js";
import { cursorOf } from "../store.js";

/**
 * @typedef {import("../trace.js").Node & {name: string}} Leaf
 * @typedef {import("../trace.js").Face} Face
 * @typedef {{row: HTMLElement, leaf: Leaf, start: Face | undefined, now: Face | undefined, input: string | undefined,
 *   held: boolean}} Row What a row shows at the moment.
 */

/**
 * The bounds that somebody typed for the slider of a leaf; they last as long as the program is open.
 * @type {Map<string, import("../sliders.js").Bounds>}
 */
const typed = new Map();

const DEFAULT = "1.0"; // of a leaf that nobody gave a value

const MARKS = { pos: "▲", neg: "▼", zero: "○", nan: "!", none: "", abs: "" };

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
  let { initial } = store.state;
  const build = () => {
    if (initial !== store.state.initial) typed.clear();
    const leaves = leavesOf(store.state.run);
    const now = JSON.stringify(
      leaves.map(({ name, label, adjustable, literal }) => [name, label, adjustable, literal]),
    );
    if (now !== names || initial !== store.state.initial) body.replaceChildren(...leaves.map(rowOf));
    rows = leaves.map((leaf, k) => blank(/** @type {HTMLElement} */ (body.children[k]), leaf));
    find(root, "table").classList.toggle("wide", leaves.some(isLong));
    names = now;
    initial = store.state.initial;
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
  const textOf = (/** @type {string} */ name) => store.state.inputs[name] ?? null;
  const go = (/** @type {string} */ name, /** @type {string | null} */ text) => {
    if (textOf(name) !== text) set(name, text);
  };
  /** @type {EventTarget | null} The field that has got the focus and no press yet. */
  let entered = null;
  body.addEventListener("focusin", ({ target: field }) => {
    entered = field;
    if (isField(field)) begin(field, textOf(field.dataset.leaf ?? ""));
  });
  body.addEventListener("input", ({ target: field }) => {
    if (isField(field) || isSlider(field)) take(field, go);
  });
  body.addEventListener("change", ({ target: field }) => {
    if (isBound(field)) setBounds(field);
  });
  body.addEventListener("click", ({ target }) => {
    if (isField(target) && target === entered && target.selectionStart === target.selectionEnd) target.select();
    entered = null;
    const button = target instanceof Element ? target.closest("button") : null;
    const name = button?.dataset.leaf ?? "";
    if (button?.classList.contains("range")) toggleBounds(button);
    else if (button?.classList.contains("reset")) {
      accept(fieldOf(button));
      set(name, null);
    } else if (button) store.dispatch({ type: "lock", name, fixed: button.getAttribute("aria-pressed") !== "true" });
  });
  body.addEventListener("dblclick", ({ target }) => {
    if (isSlider(target)) set(target.dataset.leaf ?? "", null);
  });
  body.addEventListener("keydown", (event) => {
    const { target: field, key } = event;
    if (isField(field) && (key === "Enter" || key === "Escape")) {
      if (key === "Enter") begin(field, textOf(field.dataset.leaf ?? "")); // what is entered stays
      const isBack = key === "Escape" && giveUp(field, go);
      if (isBack) event.stopPropagation();
      else if (!isWrong(field)) walkAgain(body.ownerDocument);
    }
    if (isField(field) || isSlider(field)) nudge(event, field, go);
    if (isBound(field) && key === "Escape") leaveBounds(field);
  });
}

/**
 * Let the keys of the page take steps again.
 * @param {Document} page
 */
function walkAgain(page) {
  find(page, "#canvas").focus({ preventScroll: true });
}

const WAYS = new Map([
  ["ArrowUp", 1],
  ["ArrowDown", -1],
]);

/**
 * Raise or lower the number of a field by a step of its slider, or by ten.
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement} field
 * @param {(name: string, text: string | null) => void} go
 */
function nudge(event, field, go) {
  const way = WAYS.get(event.key);
  if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
  const next = plus(field.value, stepOf(field), (event.shiftKey ? 10 : 1) * way);
  if (next === null) return;
  event.preventDefault();
  field.value = next;
  take(field, go);
}

/**
 * @param {EventTarget | null} target
 * @returns {target is HTMLInputElement}
 */
function isSlider(target) {
  return target instanceof HTMLInputElement && target.type === "range";
}

/**
 * @param {EventTarget | null} target
 * @returns {target is HTMLInputElement}
 */
function isBound(target) {
  return target instanceof HTMLInputElement && target.closest(".bounds") !== null;
}

/**
 * Return whether an element holds the number of a leaf.
 * @param {EventTarget | null} target
 * @returns {target is HTMLInputElement}
 */
function isField(target) {
  return target instanceof HTMLInputElement && !isSlider(target) && !isBound(target);
}

/**
 * Remember what a field held before somebody types there; where a mistake still stands, that was before the mistake.
 * @param {HTMLInputElement} field
 * @param {string | null} input
 */
function begin(field, input) {
  if (isWrong(field)) return;
  field.dataset.text = field.value;
  if (input === null) delete field.dataset.input;
  else field.dataset.input = input;
}

/**
 * Take what somebody typed or dragged. While a field holds no number, its leaf has the value from before.
 * @param {HTMLInputElement} field
 * @param {(name: string, text: string | null) => void} set
 */
function take(field, set) {
  const { number, mistake } = readingOf(field.value);
  if (mistake) refuse(field, mistake);
  else accept(field.type === "range" ? fieldOf(field) : field);
  set(field.dataset.leaf ?? "", number ?? field.dataset.input ?? null);
}

/**
 * Put back what the field held before; false if that is what it holds.
 * @param {HTMLInputElement} field
 * @param {(name: string, text: string | null) => void} set
 */
function giveUp(field, set) {
  const { text, input, leaf } = field.dataset;
  if (text === undefined || text === field.value) return false;
  field.value = text;
  accept(field);
  set(leaf ?? "", input ?? null);
  return true;
}

/**
 * @param {HTMLInputElement} field
 * @param {string} mistake
 */
function refuse(field, mistake) {
  const note = noteOf(field);
  if (note.textContent !== mistake) note.textContent = mistake;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", note.id);
  find(rowAround(field), ".reset").removeAttribute("disabled");
}

/** @param {HTMLInputElement} field */
function accept(field) {
  if (!isWrong(field)) return;
  noteOf(field).textContent = "";
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
}

/** @param {HTMLInputElement} field */
function isWrong(field) {
  return field.getAttribute("aria-invalid") === "true";
}

/** @param {Element} part */
function rowAround(part) {
  return /** @type {HTMLElement} */ (part.closest("tr"));
}

/** @param {Element} part */
function fieldOf(part) {
  return /** @type {HTMLInputElement} */ (find(rowAround(part), "input:not([type=range])"));
}

/** @param {Element} part */
function noteOf(part) {
  return find(rowAround(part), ".note");
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

/**
 * Return a name that lines may break in, after a dot and before a bracket.
 * @param {string} label
 */
function broken(label) {
  const parts = label.split(/(?<=\.)|(?=\[)/);
  return make("span", {}, ...parts.flatMap((part, k) => (k ? [make("wbr"), part] : [part])));
}

/**
 * @param {Leaf} leaf
 * @param {number} index
 */
function rowOf({ name, label, adjustable, literal }, index) {
  const head = make("th", { scope: "row", title: label }, broken(label));
  const grad = make("td", { class: "number grad" }, make("i", { "aria-hidden": "true" }), make("span"));
  if (!adjustable) return make("tr", {}, head, make("td", { class: "number data" }), grad);
  if (literal === null) head.append(make("small", { title: "nobody gave it a value" }, "default"));
  const marks = { "data-leaf": name, autocomplete: "off" };
  const words = { "aria-label": `data of ${label}`, title: "Enter keeps it; then → steps again" };
  const field = make("input", { ...marks, ...words, spellcheck: "false", enterkeyhint: "done" });
  const slider = make("input", { ...marks, type: "range", "aria-label": `slider of ${label}` });
  const note = make("span", { class: "note", id: `leaf-note-${index}` });
  const value = make(
    "div",
    { class: "value" },
    field,
    lockOf(name, label),
    rangeOf(name, label),
    resetOf(name, label, literal),
    slider,
    note,
  );
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
 */
function rangeOf(name, label) {
  const title = `the range of the slider of ${label}`;
  const button = { "data-leaf": name, type: "button", class: "range", "aria-expanded": "false", title };
  return make("button", { ...button, "aria-label": `range of ${label}` }, "↔");
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
  const { run, inputs, overlay } = state;
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
    const isLent = overlay !== null && name in overlay; // an experiment shows another number for the moment
    if (start?.data && now) write(row, isLent ? [DEFAULT, row.leaf.literal || DEFAULT, "="] : start.data, now, isLent);
  }
}

/**
 * @param {Row} row
 * @param {import("../trace.js").Shown} start
 * @param {Face} now
 * @param {boolean} isLent
 */
function write({ row, leaf, input, held }, start, now, isLent) {
  writeGradient(find(row, ".grad"), now, held);
  if (!leaf.adjustable) {
    showNumber(find(row, ".data"), now.data);
    return;
  }
  setValue(row, input ?? start[1], input);
  row.classList.toggle("moved", input !== undefined);
  find(row, ".reset").toggleAttribute("disabled", input === undefined && !isWrong(fieldOf(row)));
  find(row, ".lock").setAttribute("aria-pressed", String(held));
  find(row, ".now").textContent = now.data && (isLent || now.data[1] !== start[1]) ? `now ${now.data[0]}` : "";
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
  cell.classList.toggle("held", held);
  showNumber(number, held ? ["fixed", "held fixed: no gradient", ""] : grad);
}

/**
 * Write a value into field and slider, but not under the hands of somebody who types or drags; nor over what is no
 * number, until the leaf is given another value elsewhere.
 * @param {HTMLElement} row
 * @param {string} text
 * @param {string | undefined} input
 */
function setValue(row, text, input) {
  const field = fieldOf(row);
  const slider = /** @type {HTMLInputElement} */ (find(row, "input[type=range]"));
  const isKept = isWrong(field) && field.dataset.input === input;
  if (document.activeElement !== field && !isKept) {
    if (field.value !== text) field.value = text;
    accept(field);
  }
  const value = numberOf(text);
  slider.disabled = typeof value !== "number";
  if (typeof value !== "number" || Number(slider.value) === value) return;
  setRange(slider, value);
  slider.value = String(value);
}

/**
 * Give a slider a range that holds `value`: what somebody typed, or a round one that stays while one drags.
 * @param {HTMLInputElement} slider
 * @param {number} value
 */
function setRange(slider, value) {
  const bounds = typed.get(slider.dataset.leaf ?? "");
  if (bounds) return showRange(slider, holding(bounds, value));
  const { reach: before, step: last } = slider.dataset;
  const range = before && last ? { reach: Number(before), step: last } : null;
  const { reach, step } = rangeFor(value, range);
  if (range?.reach === reach) return;
  Object.assign(slider.dataset, { reach, step });
  showRange(slider, { low: -reach, high: reach, step });
}

/**
 * @param {HTMLInputElement} slider
 * @param {import("../sliders.js").Bounds} bounds
 */
function showRange(slider, { low, high, step }) {
  slider.max = String(high);
  slider.min = String(low);
  slider.step = step;
  const [first, last] = boundsOf(slider);
  if (first) first.value = slider.min;
  if (last) last.value = slider.max;
}

/**
 * Return the two fields that hold the bounds of a slider, if they are shown.
 * @param {Element} part
 */
function boundsOf(part) {
  return /** @type {NodeListOf<HTMLInputElement>} */ (rowAround(part).querySelectorAll(".bounds input"));
}

/**
 * Show the bounds of a slider in two fields, or take them away.
 * @param {HTMLButtonElement} button
 */
function toggleBounds(button) {
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
  const row = rowAround(button);
  if (isOpen) return row.querySelector(".bounds")?.remove();
  const slider = /** @type {HTMLInputElement} */ (find(row, "input[type=range]"));
  const bound = (/** @type {string} */ end, /** @type {string} */ value) =>
    make("input", { "aria-label": `${end} of the ${slider.getAttribute("aria-label")}`, autocomplete: "off", value });
  const fields = [bound("lowest", slider.min), bound("highest", slider.max)];
  slider.after(make("span", { class: "bounds" }, "from ", fields[0], " to ", fields[1]));
  fields[0].select();
  fields[0].focus();
}

/** @param {HTMLInputElement} field one of the two */
function leaveBounds(field) {
  const button = /** @type {HTMLButtonElement} */ (find(rowAround(field), ".range"));
  toggleBounds(button);
  button.focus();
}

/**
 * Take the bounds that somebody typed; two empty fields leave the range to the number.
 * @param {HTMLInputElement} field one of the two
 */
function setBounds(field) {
  const slider = /** @type {HTMLInputElement} */ (find(rowAround(field), "input[type=range]"));
  const name = slider.dataset.leaf ?? "";
  const value = Number(readingOf(fieldOf(field).value).number ?? slider.value);
  const texts = [...boundsOf(field)].map((each) => each.value.trim());
  const [low, high] = texts.map((text) => Number(readingOf(text).number ?? Number.NaN));
  const bounds = between(low, high);
  const isRefused = !bounds && texts.some(Boolean);
  for (const each of boundsOf(field)) each.setAttribute("aria-invalid", String(isRefused));
  noteOf(field).textContent = isRefused ? "from a lower to a higher number, please" : "";
  if (isRefused) return;
  if (bounds) typed.set(name, bounds);
  else typed.delete(name);
  for (const key of ["reach", "step"]) delete slider.dataset[key];
  setRange(slider, value);
  slider.value = String(value);
}
