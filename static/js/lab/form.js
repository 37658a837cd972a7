// @ts-check
/** Fields of an experiment, each bound to one of its settings, which the address keeps. Start at `numberField`. */

import { readingOf } from "../decimals.js";
import { make } from "../dom.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Node} Node
 */

/**
 * Return fields side by side.
 * @param {string} label what they are for
 * @param {...(Node | Element | string)} fields
 */
export function fields(label, ...fields) {
  return make("div", { class: "fields", role: "group", "aria-label": label }, .../** @type {Element[]} */ (fields));
}

/**
 * Return a button.
 * @param {string} text
 * @param {() => void} press
 * @param {Record<string, string>} [attributes]
 */
export function button(text, press, attributes = {}) {
  const made = make("button", { class: "button", type: "button", ...attributes }, text);
  made.addEventListener("click", press);
  return made;
}

/**
 * Let a field show a setting, also when that changes elsewhere, and only while nobody types in it.
 * @param {Desk} desk
 * @param {HTMLInputElement | HTMLSelectElement} field
 * @param {string} name
 * @param {string} otherwise
 */
function follow(desk, field, name, otherwise) {
  const show = () => {
    if (document.activeElement !== field || field instanceof HTMLSelectElement)
      field.value = desk.setting(name, otherwise);
  };
  desk.watch((state, before) => {
    if (state.settings !== before.settings) show();
  });
  show();
}

/**
 * Return a field for a number.
 * @param {Desk} desk
 * @param {{name: string, label: string, otherwise: string, hint?: string}} options
 */
export function numberField(desk, { name, label, otherwise, hint }) {
  const field = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: "7" });
  if (hint) field.title = hint;
  const take = () => {
    const { number, mistake } = readingOf(field.value);
    field.setCustomValidity(mistake ?? "");
    field.setAttribute("aria-invalid", String(mistake !== null));
    if (number !== null) desk.set(name, number === otherwise ? null : number);
  };
  field.addEventListener("input", take);
  field.addEventListener("focus", () => field.select());
  follow(desk, field, name, otherwise);
  return make("label", {}, label, " ", field);
}

/**
 * Return a choice of one among a few.
 * @param {Desk} desk
 * @param {{name: string, label: string, otherwise: string, choices: [string, string][]}} options values and texts
 */
export function choice(desk, { name, label, otherwise, choices }) {
  const field = make("select", { autocomplete: "off" });
  field.append(...choices.map(([value, text]) => make("option", { value }, text)));
  field.addEventListener("change", () => desk.set(name, field.value === otherwise ? null : field.value));
  follow(desk, field, name, otherwise);
  return make("label", {}, label, " ", field);
}

/**
 * Return a box to tick: the setting is "1" or "0".
 * @param {Desk} desk
 * @param {{name: string, label: string, otherwise?: "0" | "1"}} options
 */
export function tick(desk, { name, label, otherwise = "0" }) {
  const field = make("input", { type: "checkbox", autocomplete: "off" });
  const show = () => {
    field.checked = desk.setting(name, otherwise) === "1";
  };
  field.addEventListener("change", () => {
    const value = field.checked ? "1" : "0";
    desk.set(name, value === otherwise ? null : value);
  });
  desk.watch((state, before) => {
    if (state.settings !== before.settings) show();
  });
  show();
  return make("label", { class: "check" }, field, " ", label);
}

const NOTCHES = 20; // of the slider, a decade

/**
 * Return a slider over powers of ten, with a field beside it for any number.
 * @param {Desk} desk
 * @param {{name: string, label: string, otherwise: string, least: number, most: number}} options exponents of ten
 */
export function logSlider(desk, { name, label, otherwise, least, most }) {
  const typed = numberField(desk, { name, label, otherwise });
  const slider = make("input", {
    type: "range",
    min: String(least * NOTCHES),
    max: String(most * NOTCHES),
    step: "1",
    "aria-label": `${label}, on a logarithmic scale`,
    autocomplete: "off",
  });
  const show = () => {
    const value = Number(desk.setting(name, otherwise));
    slider.value = String(Math.round(Math.log10(value > 0 ? value : 10 ** least) * NOTCHES));
    slider.setAttribute("aria-valuetext", desk.setting(name, otherwise));
  };
  slider.addEventListener("input", () => {
    const text = String(Number((10 ** (Number(slider.value) / NOTCHES)).toPrecision(2)));
    desk.set(name, text === otherwise ? null : text);
  });
  desk.watch((state, before) => {
    if (state.settings !== before.settings) show();
  });
  show();
  return make("span", { class: "log" }, typed, slider);
}

/**
 * Return a choice among nodes of the run at hand; the setting is a name or an id.
 * @param {Desk} desk
 * @param {{name: string, label: string, which?: (node: Node) => boolean, none?: string, second?: boolean}} options
 *   `which`: trainable leaves, if absent; `none`: the text of a first choice, of nothing; `second`: the second of them
 *   is chosen if the setting says nothing
 */
export function nodeChoice(desk, { name, label, which = isParameter, none, second = false }) {
  const field = make("select", { autocomplete: "off" });
  const show = () => {
    const { run } = desk.store.state;
    const nodes = candidates(desk, which);
    const texts = choicesAmong(nodes, run?.nodes ?? [], desk.setting(name, ""));
    const options = [...texts].map(([node, text]) => make("option", { value: node.name ?? node.id }, text));
    field.replaceChildren(...(none === undefined ? [] : [make("option", { value: "" }, none)]), ...options);
    field.value = desk.setting(name, "");
    if (field.selectedIndex < 0) field.selectedIndex = second && nodes.length > 1 ? 1 : 0;
    field.disabled = field.options.length === 0;
  };
  field.addEventListener("change", () => desk.set(name, field.value || null));
  desk.watch((state, before) => {
    if (state.run !== before.run || state.settings !== before.settings) show();
  });
  show();
  return make("label", {}, label, " ", field);
}

/**
 * Return the node that a choice of `nodeChoice` stands at: the setting if the run has it, else the first one.
 * @param {Desk} desk
 * @param {string} name
 * @param {(node: Node) => boolean} [which]
 * @param {boolean} [second]
 * @returns {string | null} its name or id
 */
export function chosenNode(desk, name, which = isParameter, second = false) {
  const nodes = candidates(desk, which).map((node) => node.name ?? node.id);
  const wanted = desk.setting(name, "");
  return nodes.includes(wanted) ? wanted : (second && nodes[1]) || (nodes[0] ?? null);
}

/**
 * Return the id of the node that a choice of `nodeChoice` stands at: a name alone may be that of several versions.
 * @param {Desk} desk
 * @param {string} name
 * @param {(node: Node) => boolean} [which]
 * @returns {string | null}
 */
export function idOf(desk, name, which = isParameter) {
  const chosen = chosenNode(desk, name, which);
  return candidates(desk, which).find((node) => (node.name ?? node.id) === chosen)?.id ?? null;
}

/**
 * Return the nodes to choose from: trainable leaves, other leaves, operations, constants.
 * @param {Desk} desk
 * @param {(node: Node) => boolean} which
 */
function candidates(desk, which) {
  const nodes = (desk.store.state.run?.nodes ?? []).filter(which);
  return nodes.toSorted((one, other) => rankOf(one) - rankOf(other));
}

/** @param {Node} node */
function rankOf(node) {
  return isParameter(node) ? 0 : ["input", "operation", "constant"].indexOf(node.role) + 1;
}

const MOST_CONSTANTS = 12; // in a choice; one that is chosen by its id comes on top

/**
 * Return the texts by which nodes are chosen: a constant's says where it is used, and each text of one comes once.
 * @param {Node[]} nodes
 * @param {Node[]} all the nodes of the run
 * @param {string} chosen a name or an id
 * @returns {Map<Node, string>}
 */
export function choicesAmong(nodes, all, chosen) {
  /** @type {Map<string, Node>} */
  const users = new Map();
  for (const user of all) for (const id of user.operands) if (!users.has(id)) users.set(id, user);
  const said = new Set();
  /** @type {Map<Node, string>} */
  const texts = new Map();
  for (const node of nodes) {
    const text = node.role === "constant" ? constantIn(node, users.get(node.id)) : node.label;
    const isNew = !said.has(text) && said.size < MOST_CONSTANTS;
    if (node.role === "constant" && node.id !== chosen && !isNew) continue;
    if (node.role === "constant") said.add(text);
    texts.set(node, text);
  }
  return texts;
}

/**
 * @param {Node} constant
 * @param {Node | undefined} user
 */
function constantIn({ label }, user) {
  if (!user) return label;
  const { expression } = user;
  return `${label} in ${user.name === null || !expression ? (expression ?? user.label) : `${user.label} = ${expression}`}`;
}

/** @param {Node} node */
function isParameter(node) {
  return node.role === "input" && node.trainable;
}
