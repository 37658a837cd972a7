// @ts-check
/** Lens: the function of one operation, its tangent where it stands, and where it lets little or nothing through. */

import { make } from "../dom.js";
import { button, fields, idOf, nodeChoice } from "./form.js";
import { createPlot } from "./plot.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Node} Node
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {import("./plot.js").Value} Value
 * @typedef {{slot: number, operand: string, label: string, parameter: string, at: Value, value: Value, sentence: string,
 *   remark: string | null, x: number[], y: Value[], locals: Value[], state: string,
 *   shown: Record<string, Shown>, tangent: {x: number[], y: number[], text: string} | null,
 *   window: {x: [number, number], y: [number, number]},
 *   regions: {kind: string, first: number, last: number, text: string}[],
 *   marks: {kind: string, at: number, text: string}[], rows: {here: boolean, shown: Record<string, Shown>}[]}} Slot
 * @typedef {{node: string, label: string, op: string, about: string, convention: string | null, expression: string,
 *   shown: Shown, slots: Slot[]}} Answer
 */

export const name = "lens";
export const title = "Lens";
export const about = "Look at one operation as a curve: its slope where it stands is what it multiplies gradients by.";

const isOperation = (/** @type {Node} */ node) => node.role === "operation";
const REGIONS = /** @type {Record<string, string>} */ ({
  dead: "closed",
  saturated: "saturated",
  outside: "outside the domain",
  overflow: "too large",
});

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const plot = createPlot(desk);
  const finding = make("p", { class: "saying", "aria-live": "polite" });
  const facts = make("ul", { class: "facts" });
  const slots = make("select", { autocomplete: "off" });
  const along = make("label", {}, "along ", slots);
  /** @type {Answer | null} */
  let answer = null;
  let read = 0;
  const slotOf = (/** @type {Answer} */ told) => told.slots[Number(desk.setting("slot", "0"))] ?? told.slots[0];
  const zoom = (/** @type {number} */ factor) => {
    if (!answer) return;
    const { window, at } = slotOf(answer);
    const [low, high] = window.x;
    const isInside = typeof at === "number" && low <= at && at <= high;
    const middle = isInside ? at : (low + high) / 2;
    const half = ((high - low) / 2) * factor;
    desk.set("low", String(middle - half));
    desk.set("high", String(middle + half));
  };
  const usual = () => {
    desk.set("low", null);
    desk.set("high", null);
  };
  slots.addEventListener("change", () => desk.set("slot", slots.value === "0" ? null : slots.value));
  room.append(
    fields(
      "What is looked at",
      nodeChoice(desk, { name: "node", label: "Operation", which: isOperation }),
      along,
      button("Closer", () => zoom(0.5)),
      button("Further", () => zoom(2)),
      button("All", usual, { title: "the usual range" }),
    ),
    finding,
    make("div", { class: "halves" }, plot.element, facts),
  );
  const show = (/** @type {Answer} */ told) => {
    const slot = slotOf(told);
    const names = told.slots.map(({ label, slot: k }) => make("option", { value: String(k) }, label));
    slots.replaceChildren(...names);
    slots.value = String(slot.slot);
    along.hidden = told.slots.length < 2;
    finding.textContent = slot.sentence;
    facts.replaceChildren(...factsOf(told, slot).map((text) => make("li", {}, text)));
    const draw = (/** @type {number} */ at) => {
      read = at;
      plot.show(pictureOf(told, slot, read, draw));
    };
    draw(
      Math.max(
        0,
        slot.rows.findIndex(({ here }) => here),
      ),
    );
    desk.trace({ nodes: [told.node, slot.operand], edges: [`${told.node}.${slot.slot}`] });
  };
  desk.live({
    path: "/api/v1/lens",
    room,
    question(program) {
      const node = idOf(desk, "node", isOperation);
      const [low, high] = [desk.setting("low", ""), desk.setting("high", "")];
      const range = low && high ? { low: Number(low), high: Number(high) } : {};
      return node ? { ...program, node, ...range } : null;
    },
    show(/** @type {Answer} */ told) {
      answer = told;
      show(told);
    },
  });
  desk.watch((state, before) => {
    if (answer && state.settings.slot !== before.settings.slot) show(answer);
  });
  return () => plot.close();
}

/**
 * @param {Answer} answer
 * @param {Slot} slot
 */
function factsOf({ label, expression, shown, about: said, convention }, slot) {
  const texts = [
    `${label} = ${expression} ${shown[2]} ${shown[0]}`,
    said,
    slot.tangent?.text ?? null,
    slot.remark,
    ...slot.regions.map(({ text }) => text),
    ...slot.marks.map(({ text }) => text),
    convention,
  ];
  return texts.filter((text) => text !== null);
}

/**
 * @param {Answer} answer
 * @param {Slot} slot
 * @param {number} read the row that the cursor stands at
 * @param {(at: number) => void} move
 * @returns {import("./plot.js").Picture}
 */
function pictureOf({ label, op }, slot, read, move) {
  const { rows, window, tangent } = slot;
  const isLabelled = (/** @type {number} */ at) =>
    slot.marks.every((mark) => mark.at === at || Math.abs(mark.at - at) > 0.15 * (window.x[1] - window.x[0]));
  const rules = slot.marks.map(({ kind, at }) => ({
    axis: /** @type {const} */ ("x"),
    at,
    ...(isLabelled(at) ? { label: kind } : {}),
  }));
  const number = (/** @type {number} */ k, /** @type {string} */ which) => Number(rows[k].shown[which][1]);
  const said = (/** @type {number} */ k) => {
    const { x, y, local } = rows[k].shown;
    return `${slot.label} = ${x[0]}: ${label} = ${y[0]}, local derivative ${local[0]}`;
  };
  return {
    title: `${op} along ${slot.label}`,
    summary: slot.sentence,
    x: { label: slot.label, domain: window.x },
    y: { label, domain: window.y },
    series: [
      { name: label, x: slot.x, y: slot.y, strong: true },
      ...(tangent ? [{ name: "tangent here", ...tangent, look: /** @type {const} */ (1) }] : []),
      { name: "local derivative", x: slot.x, y: slot.locals, look: 2 },
    ],
    rules,
    bands: slot.regions.map(({ kind, first, last }) => ({ from: first, to: last, label: REGIONS[kind] ?? kind })),
    cursor: { count: rows.length, at: read, x: (k) => number(k, "x"), y: (k) => number(k, "y"), text: said, move },
    table: {
      caption: `${op} along ${slot.label}`,
      head: [slot.label, label, "local derivative"],
      rows: rows.map(({ shown }) => [shown.x[0], shown.y, shown.local]),
      mark: (at) => (rows[at].here ? "current" : null),
    },
    height: 195,
  };
}
