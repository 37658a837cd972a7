// @ts-check
/** Programs that somebody has typed here before: none of them is lost, and a link never takes the place of one. */

import { find, make } from "../dom.js";
import { drop, idFor, keep, read, titleOf } from "../drafts.js";

const TYPING = 300; // ms without a key press, before a program is kept

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../drafts.js").Draft} Draft
 */

/**
 * @param {Document} page
 * @param {Store} store
 */
export function mount(page, store) {
  const programs = new Programs(page, store);
  store.subscribe((state, before) => programs.follow(state, before));
  addEventListener("pagehide", () => programs.save());
  document.addEventListener("visibilitychange", () => programs.save());
  programs.offer();
}

class Programs {
  /**
   * @param {Document} page
   * @param {Store} store
   */
  constructor(page, store) {
    this.store = store;
    this.shelf = storage(() => localStorage);
    this.own = storage(() => sessionStorage);
    this.menu = find(page, "#programs");
    this.line = find(page, "#last-program");
    /** @type {{id: string, when: number} | null} What is typed on in this tab; null: nothing is, yet. */
    this.mine = this.resumed();
    /** @type {State | null} */
    this.unsaved = null;
    /** @type {Draft[]} */
    this.dropped = [];
    this.opening = "";
    this.saving = 0;
    this.menu.addEventListener("toggle", () => this.show());
    this.menu.addEventListener("click", (event) => this.press(event));
    addEventListener("storage", () => this.menu.hasAttribute("open") && this.show());
  }

  /** After a reload one types on where one was. */
  resumed() {
    const { id, when, source } = JSON.parse(this.own?.getItem("draft") ?? "{}");
    return source === this.store.state.source ? { id, when } : null;
  }

  // -- keeping --------------------------------------------------------------------------------------------------------

  /**
   * @param {State} state
   * @param {State} before
   */
  follow(state, before) {
    if (state.initial !== before.initial) return this.arrive(before);
    if (state.source === before.source) return;
    this.line.hidden = true;
    if (state.edit?.key !== "typed") return this.adopt(state); // undone or redone
    this.unsaved = state;
    clearTimeout(this.saving);
    this.saving = window.setTimeout(() => this.save(), TYPING);
  }

  /** @param {State} before */
  arrive(before) {
    if (this.unsaved) this.unsaved = before;
    this.save();
    this.line.hidden = true;
    this.mine = this.opening ? { id: this.opening, when: Date.now() } : null;
    this.opening = "";
  }

  /** @param {State} state */
  adopt({ source }) {
    this.save();
    const there = read(this.shelf).find((draft) => draft.source === source);
    this.mine = there ? { id: there.id, when: there.when } : null;
  }

  save() {
    clearTimeout(this.saving);
    if (!this.unsaved || titleOf(this.unsaved.source) === "") return;
    const { source, inputs, fixed } = this.unsaved;
    const when = Date.now();
    const id = idFor(read(this.shelf), this.mine, `${when}.${Math.random()}`);
    this.unsaved = null;
    this.mine = { id, when };
    keep(this.shelf, { id, source, inputs: { ...inputs }, fixed, when });
    try {
      this.own?.setItem("draft", JSON.stringify({ id, when, source }));
    } catch {
      // full or forbidden
    }
  }

  // -- showing --------------------------------------------------------------------------------------------------------

  show() {
    this.save();
    const drafts = read(this.shelf);
    find(this.menu, "ul").replaceChildren(...drafts.map((draft) => this.rowOf(draft)));
    find(this.menu, ".none").hidden = drafts.length > 0;
    find(this.menu, "[data-drop-all]").hidden = drafts.length === 0;
    find(this.menu, "[data-put-back]").hidden = this.dropped.length === 0;
  }

  /** @param {Draft} draft */
  rowOf({ id, source, when }) {
    const title = titleOf(source);
    const moment = new Date(when);
    const told = make("time", { datetime: moment.toISOString() }, moment.toLocaleString("en", WHEN));
    const opener = make(
      "button",
      { type: "button", "data-draft": id },
      make("code", {}, title),
      make("small", {}, told),
    );
    if (id === this.mine?.id) opener.setAttribute("aria-current", "true");
    const cross = { type: "button", class: "button", "data-drop": id, "aria-label": `Delete: ${title}` };
    return make("li", {}, opener, make("button", cross, "×"));
  }

  /** @param {Event} event */
  press({ target }) {
    const button = target instanceof Element ? target.closest("button") : null;
    const { draft, drop: dropped, dropAll, putBack } = button?.dataset ?? {};
    if (draft !== undefined) this.open(draft);
    else if (dropped !== undefined) this.drop([dropped]);
    else if (dropAll !== undefined) this.drop(read(this.shelf).map(({ id }) => id));
    else if (putBack !== undefined) this.putBack();
  }

  /** @param {string} id */
  open(id) {
    const draft = read(this.shelf).find((each) => each.id === id);
    this.menu.removeAttribute("open");
    find(this.menu, "summary").focus();
    if (!draft) return;
    this.opening = id;
    const { direction, style, constants } = this.store.state;
    const { source, inputs, fixed } = draft;
    this.store.dispatch({
      type: "open",
      place: { source, inputs, fixed, step: null, direction, style, constants, open: null },
    });
  }

  /** @param {string[]} ids */
  drop(ids) {
    this.dropped = read(this.shelf).filter(({ id }) => ids.includes(id));
    drop(this.shelf, ids);
    this.show();
    find(this.menu, "[data-put-back]").focus();
  }

  putBack() {
    keep(this.shelf, ...this.dropped);
    this.dropped = [];
    this.show();
    /** @type {HTMLElement | null} */ (this.menu.querySelector("li button"))?.focus();
  }

  /** On a page that nobody asked for a program, offer what was typed here last. */
  offer() {
    const last = read(this.shelf)[0];
    if (location.search || !last || last.source === this.store.state.source) return;
    find(this.line, "code").textContent = titleOf(last.source);
    this.line.hidden = false;
    find(this.line, "[data-open-last]").addEventListener("click", () => this.open(last.id));
    find(this.line, "[data-dismiss]").addEventListener("click", () => {
      this.line.hidden = true;
      find(this.menu, "summary").focus();
    });
  }
}

/** @type {Intl.DateTimeFormatOptions} */
const WHEN = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };

/**
 * @param {() => Storage} get
 * @returns {Storage | null} null: it is forbidden, as in some frames
 */
function storage(get) {
  try {
    return get();
  } catch {
    return null;
  }
}
