// @ts-check
/** The list of all steps; each is a button that leads to the moment just after it. Of many rows, those in sight exist. */

import { counted, find, make, oncePerFrame, reveal } from "../dom.js";
import { endsOf, entriesDone } from "../entries.js";
import { labelOf } from "../player.js";
import { cursorOf, sortOf } from "../store.js";
import { standIn } from "../texts.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../trace.js").Run} Run
 */

const WHOLE = 500; // rows that are all made at once
/** @type {(keyof State)[]} */
const MARKED = ["run", "step", "sort", "sorting"];

const AROUND = 20; // rows that are made above and below those in sight

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#steps");
  const list = new List(find(root, "ol"));
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    event.preventDefault();
    store.dispatch({ type: "walk", to: Number(button.value) });
  });
  const fill = () => {
    const { run } = store.state;
    find(page, "#side").hidden = !run?.steps.length;
    list.fill(store.state);
  };
  store.subscribe((state, before) => {
    if (state.run !== before.run) fill();
    else if (state.texts !== before.texts) list.retell(state);
    if (MARKED.some((key) => state[key] !== before[key])) list.mark(state);
  });
  fill();
  list.mark(store.state);
}

/** The rows in place. A long list has rows of one height, and room instead of those that are out of sight. */
class List {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    /** @type {Run | null} */
    this.run = null;
    /** @type {State["texts"]} */
    this.texts = {};
    this.isLong = false;
    this.marked = -1;
    this.first = 0;
    this.last = 0;
    this.height = 0; // of a row
    this.follow = oncePerFrame(() => this.show());
    list.addEventListener("scroll", () => this.isLong && this.look());
    new ResizeObserver(() => this.isLong && this.look()).observe(list);
  }

  /** @param {State} state */
  fill({ run, texts }) {
    this.run = run;
    this.texts = texts;
    this.marked = -1;
    this.list.replaceChildren();
    this.first = 0;
    this.last = 0;
    const count = run?.steps.length ?? 0;
    this.isLong = count > WHOLE;
    this.list.classList.toggle("long", this.isLong);
    this.list.style.setProperty("--above", "0");
    this.list.style.setProperty("--below", "0");
    this.put(0, this.isLong ? Math.min(2 * AROUND, count) : count);
    this.height = 0;
    if (this.isLong) this.look();
  }

  /**
   * Make the rows [first, last). Those that are there stay: one of them may have the focus.
   * @param {number} first
   * @param {number} last
   */
  put(first, last) {
    const from = Math.min(Math.max(this.first, first), last);
    const to = Math.max(Math.min(this.last, last), from);
    const kept = [...this.list.children].slice(Math.max(from - this.first, 0), Math.max(to - this.first, 0));
    for (const row of [...this.list.children]) if (!kept.includes(row)) row.remove();
    this.list.prepend(...this.rows(first, kept.length ? from : first));
    this.list.append(...this.rows(kept.length ? to : first, last));
    this.first = first;
    this.last = last;
    if (!this.isLong) return;
    this.list.style.setProperty("--above", String(first));
    this.list.style.setProperty("--below", String((this.run?.steps.length ?? 0) - last));
  }

  /**
   * @param {number} first
   * @param {number} last
   */
  rows(first, last) {
    return Array.from({ length: last - first }, (_, k) => this.row(first + k));
  }

  /** Make the rows that are in sight now, unless they are there. */
  look() {
    this.height ||= this.list.firstElementChild?.getBoundingClientRect().height ?? 0;
    if (!this.height || !this.run) return;
    const top = Math.floor(this.list.scrollTop / this.height);
    const bottom = Math.ceil((this.list.scrollTop + this.list.clientHeight) / this.height);
    const count = this.run.steps.length;
    if (Math.max(top, 0) >= this.first && Math.min(bottom, count) <= this.last) return;
    this.put(Math.max(top - AROUND, 0), Math.min(bottom + AROUND, count));
  }

  /** @param {number} k */
  row(k) {
    const run = /** @type {Run} */ (this.run);
    const place = endsOf(run)[k];
    const at = make("span", { class: "at" }, counted(place));
    const text = make("span", { class: "text" }, this.textOf(k));
    const button = make("button", { type: "button", value: String(place) }, at, " ", text);
    const row = make("li", { class: run.steps[k].phase }, button);
    if (k === this.marked) row.setAttribute("aria-current", "step");
    if (this.isLong) {
      row.setAttribute("aria-setsize", String(run.steps.length));
      row.setAttribute("aria-posinset", String(k + 1));
    }
    return row;
  }

  /** @param {number} k */
  textOf(k) {
    const run = /** @type {Run} */ (this.run);
    const step = run.steps[k];
    const told = step.text ?? this.texts[endsOf(run)[k]]?.text;
    return told ?? standIn(run, step, (id) => labelOf(run, id));
  }

  /**
   * Write texts that have arrived.
   * @param {State} state
   */
  retell({ texts }) {
    this.texts = texts;
    [...this.list.children].forEach((row, k) => {
      const element = find(row, ".text");
      const text = this.textOf(this.first + k);
      if (element.textContent !== text) element.textContent = text;
    });
  }

  /** @param {State} state */
  mark(state) {
    const { run, step } = state;
    const isSort = (sortOf(state)?.done ?? 0) > 0; // it is between two steps
    const at = run && step !== null && !isSort ? entriesDone(run, cursorOf(state)) - 1 : -2;
    if (at === this.marked) return;
    this.list.children[this.marked - this.first]?.removeAttribute("aria-current");
    this.marked = at;
    this.list.children[at - this.first]?.setAttribute("aria-current", "step");
    if (at > -2) this.follow();
  }

  /** Bring the current row into sight. */
  show() {
    const row = this.list.children[this.marked - this.first];
    if (this.marked === -1) this.list.scrollTop = 0;
    else if (this.isLong) this.bring(this.marked);
    else if (row) reveal(this.list, row);
  }

  /**
   * Scroll as little as makes a row of a long list visible.
   * @param {number} k
   */
  bring(k) {
    if (k < 0) return;
    const { scrollTop, clientHeight } = this.list;
    const [top, bottom] = [k * this.height, (k + 1) * this.height];
    if (top < scrollTop) this.list.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.list.scrollTop = bottom - clientHeight;
    this.look();
  }
}
