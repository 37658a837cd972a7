// @ts-check
/**
 * The leaves: each with a field, a slider, a lock and its gradient. Dragging asks for new numbers, never for a new
 * picture.
 */

import { numberOf } from "../api.js";
import { plus, readingOf } from "../decimals.js";
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
  body.addEventListener("focusin", ({ target: field }) => {
    if (field instanceof HTMLInputElement && field.type !== "range") begin(field, textOf(field.dataset.leaf ?? ""));
  });
  body.addEventListener("input", ({ target: field }) => {
    if (field instanceof HTMLInputElement) take(field, go);
  });
  body.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    const name = button?.dataset.leaf ?? "";
    if (button?.classList.contains("reset")) {
      accept(fieldOf(button));
      set(name, null);
    } else if (button) store.dispatch({ type: "lock", name, fixed: button.getAttribute("aria-pressed") !== "true" });
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
    if (event.key === "Enter" && field instanceof HTMLInputElement && field.type !== "range") {
      begin(field, textOf(field.dataset.leaf ?? "")); // what is entered stays
    }
    if (event.key === "Escape" && field instanceof HTMLInputElement && field.type !== "range") {
      if (giveUp(field, go)) event.stopPropagation();
    }
    if (!way || !(field instanceof HTMLInputElement) || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = plus(field.value, stepOf(field), (event.shiftKey ? 10 : 1) * way);
    if (next === null) return;
    event.preventDefault();
    field.value = next;
    take(field, go);
  });
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
  const field = make("input", { ...marks, "aria-label": `data of ${label}`, spellcheck: "false" });
  const slider = make("input", { ...marks, type: "range", "aria-label": `slider of ${label}` });
  const note = make("span", { class: "note", id: `leaf-note-${index}` });
  const value = make(
    "div",
    { class: "value" },
    field,
    lockOf(name, label),
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
  setValue(row, input ?? start[1], input);
  row.classList.toggle("moved", input !== undefined);
  find(row, ".reset").toggleAttribute("disabled", input === undefined && !isWrong(fieldOf(row)));
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
