// @ts-check
/** Tables of an experiment: texts, numbers as the server wrote them, and whatever else stands in a cell. */

import { make, showNumber } from "../dom.js";

/**
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {string | Shown | Node | null} Cell A text, a number, an element; null: nothing is known.
 * @typedef {{caption: string, head: string[], rows: Cell[][], mark?: (row: number) => string | null}} Table
 *   `mark`: a class for a row. The first cell of a row is its head.
 */

/**
 * Return a table that scrolls in itself where it is too wide.
 * @param {Table} table
 */
export function tableOf({ caption, head, rows, mark }) {
  const titles = head.map((text, column) => {
    const isNumber = rows.some((row) => Array.isArray(row[column]));
    if (text === "") return make("td"); // a head without words is none
    return make("th", { scope: "col", ...(isNumber ? { class: "number" } : {}) }, text);
  });
  const body = rows.map((cells, at) => {
    const row = make("tr", {}, ...cells.map(cellOf));
    const name = mark?.(at);
    if (name) row.className = name;
    return row;
  });
  const made = make(
    "table",
    {},
    make("caption", { class: "unseen" }, caption),
    make("thead", {}, make("tr", {}, ...titles)),
    make("tbody", {}, ...body),
  );
  return make("div", { class: "rows", tabindex: "0", role: "region", "aria-label": caption }, made);
}

/**
 * @param {Cell} cell
 * @param {number} column
 */
function cellOf(cell, column) {
  const made = column === 0 ? make("th", { scope: "row" }) : make("td");
  if (Array.isArray(cell)) {
    made.classList.add("number");
    showNumber(made, cell);
  } else made.append(cell ?? "–");
  return made;
}
