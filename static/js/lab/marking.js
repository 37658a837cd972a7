// @ts-check
/** Rows of a table that mark something in a picture: while one points at them or has the focus there, or for good. */

import { make } from "../dom.js";

/**
 * Return a button for the head of a row. Arrow keys go from one to the next.
 * @param {string} text
 * @param {string} label what a screen reader says
 * @param {() => void} press
 */
export function rowButton(text, label, press) {
  const made = make("button", { class: "row", type: "button", "aria-pressed": "false", "aria-label": label }, text);
  made.addEventListener("click", press);
  return made;
}

/**
 * Let the rows of a table be pointed at. `point` gets the row's place from 0; null when one leaves.
 * @param {HTMLElement} room holds a table of `tableOf`, whose row heads are buttons
 * @param {(row: number | null) => void} point
 */
export function letPoint(room, point) {
  const rows = () => [...room.querySelectorAll("tbody tr")];
  const rowOf = (/** @type {EventTarget | null} */ target) => {
    const row = target instanceof Element ? target.closest("tbody tr") : null;
    return row ? rows().indexOf(row) : null;
  };
  let now = /** @type {number | null} */ (null);
  const show = (/** @type {number | null} */ row) => {
    if (row === now) return;
    now = row;
    point(row);
  };
  const focused = () => (room.contains(document.activeElement) ? rowOf(document.activeElement) : null);
  room.addEventListener("pointerover", ({ target }) => show(rowOf(target) ?? focused()));
  room.addEventListener("pointerleave", () => show(focused()));
  room.addEventListener("focusin", ({ target }) => show(rowOf(target)));
  room.addEventListener("focusout", ({ relatedTarget }) => show(rowOf(relatedTarget)));
  room.addEventListener("keydown", (event) => {
    const at = rowOf(event.target);
    const to = { ArrowDown: (at ?? 0) + 1, ArrowUp: (at ?? 0) - 1 }[event.key];
    const button = at === null || to === undefined ? null : rows()[to]?.querySelector("button");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.focus();
  });
}

/**
 * Show which rows are chosen.
 * @param {HTMLElement} room
 * @param {(row: number) => boolean} isChosen
 */
export function showChosen(room, isChosen) {
  [...room.querySelectorAll("tbody tr")].forEach((row, at) => {
    row.classList.toggle("current", isChosen(at));
    row.querySelector("button")?.setAttribute("aria-pressed", String(isChosen(at)));
  });
}
