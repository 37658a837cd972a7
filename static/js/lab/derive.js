// @ts-check
/** Derive: a gradient as a program, to be opened and differentiated once more, and the table of second derivatives. */

import { make } from "../dom.js";
import { button, fields, idOf, nodeChoice } from "./form.js";
import { tableOf } from "./rows.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{name: string, source: string, fixed: string[], constant: boolean, sentence: string, notes: string[]}} Answer
 * @typedef {{leaves: {label: string}[], left_out: number, shown: Shown[][], shown_eigenvalues: Shown[] | null,
 *   sentence: string, notes: string[]}} Table
 */

export const name = "derive";
export const title = "Derive";
export const about = "A gradient is a program too: write it down, open it, walk through it, differentiate it again.";

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const saying = make("p", { class: "saying", "aria-live": "polite" });
  const code = make("code");
  const notes = make("p", { class: "note" });
  const program = make(
    "pre",
    { class: "derivative", tabindex: "0", role: "region", "aria-label": "The derivative" },
    code,
  );
  const open = button("Open it", () => show());
  const second = make("div");
  const table = make("div", {}, second);
  room.append(
    fields("Derivative", nodeChoice(desk, { name: "wrt", label: "Differentiate by", which: isLeaf }), open),
    saying,
    make("div", { class: "halves" }, make("div", {}, program, notes), table),
  );
  /** @type {Answer | null} */
  let answer = null;

  const show = () => {
    if (!answer) return;
    desk.open({ source: answer.source.trimEnd(), fixed: answer.fixed });
    desk.say(`${answer.name} is open. Back leads to the program before.`);
  };
  desk.live({
    path: "/api/v1/derive",
    question: (asked, { problem, run }) => {
      if (problem === null && run?.source !== asked.source) return null; // its leaves are not known yet
      const wrt = idOf(desk, "wrt", isLeaf);
      open.disabled = wrt === null;
      if (wrt === null && problem === null) saying.textContent = "There is no leaf to differentiate by.";
      return wrt === null && problem === null ? null : { ...asked, wrt: wrt ?? "" };
    },
    show: (/** @type {Answer} */ told) => {
      answer = told;
      saying.textContent = told.sentence;
      code.textContent = told.source.trimEnd();
      open.textContent = told.constant ? "Open it" : `Open ${told.name}`;
      notes.textContent = told.notes.join(" ");
    },
    room,
  });
  desk.live({
    path: "/api/v1/hessian",
    question: (asked) => (idOf(desk, "wrt", isLeaf) === null ? null : asked),
    show: (/** @type {Table} */ told) => second.replaceChildren(...tableIn(told)),
    room: second,
  });
}

/** @param {import("../trace.js").Node} node */
function isLeaf({ role }) {
  return role === "input";
}

/** @param {Table} table */
function tableIn({ leaves, left_out, shown, shown_eigenvalues, sentence, notes }) {
  const labels = leaves.map(({ label }) => label);
  const rows = shown.map((cells, at) => [labels[at] ?? "", ...cells]);
  const curvatures = shown_eigenvalues?.map(([short]) => short).join(", ");
  const texts = [
    sentence,
    curvatures && labels.length > 1 ? `Eigenvalues: ${curvatures}.` : "",
    left_out > 0 ? `${left_out} more leaves are left out.` : "",
    ...notes,
  ];
  return [
    make("h3", {}, "Second derivatives"),
    tableOf({ caption: "Second derivatives", head: ["by", ...labels], rows }),
    make("p", { class: "note" }, texts.filter(Boolean).join(" ")),
  ];
}
