// @ts-check
/** A table that is edited in place, as in a spreadsheet: Tab, Enter and arrow keys go from cell to cell. */

import { make, showNumber } from "../dom.js";
import { cellOf, isTable } from "./sheet.js";

/**
 * @typedef {import("./sheet.js").Sheet} Sheet
 * @typedef {{right: boolean | null, shown: {value: import("../trace.js").Shown}}} Predicted
 * @typedef {object} Listener
 * @property {(row: number, column: number, number: string) => void} edit
 * @property {(row: number, column: number, text: string) => void} paste
 * @property {() => void} add
 * @property {(row: number) => void} remove
 * @property {(row: number) => void} choose
 * @property {(column: number, input: string) => void} name
 */

const MOST = 100; // rows that are shown as cells

/**
 * Return an empty table, and what shows numbers in it.
 * @param {Listener} listener
 */
export function createCells(listener) {
  const head = make("tr");
  const body = make("tbody");
  const table = make("table", {}, make("caption", { class: "unseen" }, "The data"), make("thead", {}, head), body);
  const scroller = make("div", { class: "rows", tabindex: "0", role: "region", "aria-label": "The data" }, table);
  const mistake = make("p", { class: "mistake", role: "alert" });
  const more = make("p", { class: "hint" });
  const element = make("div", {}, scroller, mistake, more);
  /** @type {Sheet} */
  let sheet = { columns: [], rows: [] };
  let shape = "";

  const fieldAt = (/** @type {number} */ row, /** @type {number} */ column) =>
    /** @type {HTMLInputElement | null} */ (
      body.rows[row]?.querySelector(`input[data-column="${Math.min(Math.max(column, 0), sheet.columns.length - 1)}"]`)
    );
  const placeOf = (/** @type {EventTarget | null} */ target) => {
    const field = target instanceof HTMLInputElement ? target : null;
    const row = field?.closest("tr");
    return field && row ? { field, row: row.sectionRowIndex, column: Number(field.dataset.column) } : null;
  };
  const rowOf = (/** @type {number} */ at) => {
    const choose = make(
      "button",
      { class: "row", type: "button", "data-choose": "", "aria-pressed": "false", "aria-label": `Show row ${at + 1}` },
      String(at + 1),
    );
    const fields = sheet.columns.map((name, column) => {
      const label = `Row ${at + 1}, ${name}`;
      const attributes = { type: "text", inputmode: "decimal", autocomplete: "off", size: "6", "aria-label": label };
      return make("td", {}, make("input", { ...attributes, "data-column": String(column) }));
    });
    const drop = make(
      "button",
      { class: "row", type: "button", "data-drop": "", "aria-label": `Delete row ${at + 1}` },
      "×",
    );
    const told = make("td", { class: "number told" }, "–");
    return make("tr", {}, make("th", { scope: "row" }, choose), ...fields, told, make("td", {}, drop));
  };
  const showHead = (/** @type {string[]} */ inputs, /** @type {string[] | null} */ mapped) => {
    const names = sheet.columns.map((name, column) => {
      const field = make("select", { autocomplete: "off", "aria-label": `Input of column ${column + 1}, ${name}` });
      const options = inputs.map((each) => make("option", { value: each }, each));
      field.append(...(mapped ? [] : [make("option", { value: "" }, `${name} ?`)]), ...options);
      field.value = mapped?.[column] ?? "";
      field.addEventListener("change", () => listener.name(column, field.value));
      return make("th", { scope: "col" }, field);
    });
    const said = [make("th", { scope: "col", class: "number" }, "predicted"), make("td")];
    head.replaceChildren(make("th", { scope: "col" }, "row"), ...names, ...said);
  };

  body.addEventListener("input", ({ target }) => {
    const place = placeOf(target);
    if (!place) return;
    const { field, row, column } = place;
    const { number, mistake: wrong } = cellOf(field.value);
    field.setAttribute("aria-invalid", String(wrong !== null));
    mistake.textContent = wrong ? `Row ${row + 1}, ${sheet.columns[column]}: ${wrong}.` : "";
    if (number !== null) listener.edit(row, column, number);
  });
  body.addEventListener("focusin", ({ target }) => placeOf(target)?.field.select());
  body.addEventListener("paste", (event) => {
    const place = placeOf(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!place || !isTable(text)) return;
    event.preventDefault();
    listener.paste(place.row, place.column, text);
  });
  body.addEventListener("keydown", (event) => {
    const place = placeOf(event.target);
    if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = cellAfter(event, place, body.rows.length);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    if (to.row === body.rows.length) listener.add();
    fieldAt(to.row, to.column)?.focus();
  });
  body.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    const row = button?.closest("tr")?.sectionRowIndex;
    if (!button || row === undefined) return;
    if (button.dataset.choose !== undefined) return listener.choose(row);
    listener.remove(row);
    const next = body.rows[Math.min(row, body.rows.length - 1)];
    /** @type {HTMLElement | null | undefined} */ (next?.querySelector("[data-drop]"))?.focus();
  });

  return {
    element,
    /**
     * @param {Sheet} next
     * @param {string[]} inputs what a column may be
     * @param {string[] | null} mapped what each column is
     */
    show(next, inputs, mapped) {
      sheet = next;
      const count = Math.min(sheet.rows.length, MOST);
      const now = JSON.stringify([sheet.columns, inputs, mapped]);
      if (now !== shape) {
        shape = now;
        showHead(inputs, mapped);
        body.replaceChildren();
      }
      while (body.rows.length > count) body.rows[count].remove();
      while (body.rows.length < count) body.append(rowOf(body.rows.length));
      sheet.rows.slice(0, count).forEach((cells, row) => {
        cells.forEach((text, column) => {
          const field = fieldAt(row, column);
          if (field && (document.activeElement !== field || cellOf(field.value).number !== text)) put(field, text);
        });
      });
      const rest = sheet.rows.length - count;
      more.textContent = rest > 0 ? `… and ${rest} more rows, which one edits as CSV.` : "";
      more.hidden = rest === 0;
      mistake.textContent = "";
    },
    /** @param {Predicted[] | null} rows */
    predict(rows) {
      for (const [at, row] of [...body.rows].entries()) {
        const cell = row.querySelector(".told");
        if (!cell) continue;
        const told = rows?.[at];
        showNumber(cell, told?.shown.value);
        if (told?.right != null) cell.append(told.right ? " ✓" : " ✗");
        cell.classList.toggle("wrong", told?.right === false);
      }
    },
    /** @param {number | null} row */
    choose(row) {
      for (const [at, each] of [...body.rows].entries()) {
        each.classList.toggle("current", at === row);
        each.querySelector("[data-choose]")?.setAttribute("aria-pressed", String(at === row));
      }
    },
    /** @param {number} row */
    enter: (row) => fieldAt(row, 0)?.focus(),
    /** @param {string} text */
    complain(text) {
      mistake.textContent = text;
    },
  };
}

/**
 * @param {HTMLInputElement} field
 * @param {string} text
 */
function put(field, text) {
  field.value = text;
  field.removeAttribute("aria-invalid");
}

/**
 * Return the cell that a key leads to; a row behind the last one is to be added; null: the key is the field's own.
 * @param {KeyboardEvent} event
 * @param {{field: HTMLInputElement, row: number, column: number}} place
 * @param {number} count
 */
function cellAfter({ key, shiftKey }, { field, row, column }, count) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const isWhole = from === 0 && to === value.length;
  if (key === "Enter") return shiftKey ? { row: Math.max(row - 1, 0), column } : { row: row + 1, column };
  if (shiftKey) return null;
  if (key === "ArrowUp") return { row: Math.max(row - 1, 0), column };
  if (key === "ArrowDown") return { row: Math.min(row + 1, count - 1), column };
  if (key === "ArrowLeft" && (isWhole || to === 0)) return { row, column: column - 1 };
  if (key === "ArrowRight" && (isWhole || from === value.length)) return { row, column: column + 1 };
  return null;
}
