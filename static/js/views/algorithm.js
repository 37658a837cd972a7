// @ts-check
/** The algorithm beside the walk: its few lines, the active one, and what its variables hold. */

import { LISTINGS, momentOf } from "../algorithm.js";
import { find, make, oncePerFrame, reveal } from "../dom.js";

/** @typedef {import("../store.js").State} State */

/** @type {(keyof State)[]} */
const SHOWN = ["run", "step", "sort", "sorting", "texts", "spelling", "tab"];

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#algorithm");
  const spelling = /** @type {HTMLSelectElement} */ (find(root, "#spelling"));
  spelling.addEventListener("change", () => {
    const chosen = /** @type {State["spelling"]} */ (spelling.value);
    store.dispatch({ type: "view", view: { spelling: chosen } });
  });
  const listing = new Code(find(root, ".listing pre"));
  const here = new Code(find(root, ".here"));
  const show = (/** @type {State} */ state) => {
    if (state.tab !== "algorithm") return;
    const moment = momentOf(state);
    spelling.value = state.spelling;
    const lines = LISTINGS[state.spelling];
    listing.show(
      lines.map(({ text }) => text),
      lines.findIndex(({ key }) => key === moment.line),
    );
    here.show(moment.here.lines, moment.here.active);
    showVariables(find(root, ".variables"), moment.variables);
    find(root, ".note").textContent = moment.note;
  };
  store.subscribe((state, before) => {
    if (SHOWN.some((key) => state[key] !== before[key])) show(state);
    if (state.tab !== before.tab && state.tab === "algorithm") listing.open();
  });
  show(store.state);
}

/** Lines of code, of which one may be active. They are made anew only where they are others. */
class Code {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.code = find(box, "code");
    this.shown = "";
    this.active = -1;
    this.follow = oncePerFrame(() => {
      const line = this.code.children[this.active];
      if (line) reveal(this.box, line);
    });
  }

  /** Begin at the top, unless the active line would be out of sight. */
  open() {
    this.box.scrollTop = 0;
    this.follow();
  }

  /**
   * @param {string[]} lines
   * @param {number} active
   */
  show(lines, active) {
    const shown = lines.join("\n");
    if (shown !== this.shown) {
      this.code.replaceChildren(...lines.map(lineOf));
      this.shown = shown;
      this.active = -1;
    }
    if (active === this.active) return;
    this.code.children[this.active]?.removeAttribute("aria-current");
    this.code.children[active]?.setAttribute("aria-current", "step");
    this.active = active;
    this.follow();
  }
}

const KEYWORDS = /\b(def|for|in|if|not)\b/;

/** @param {string} text */
function lineOf(text) {
  const parts = text.replace(/^ +/, (indent) => indent.slice(indent.length / 2)).split(KEYWORDS); // lines are to fit
  return make("span", { class: "line" }, ...parts.map((part, k) => (k % 2 ? make("b", {}, part) : part)), "\n");
}

/**
 * @param {HTMLElement} list
 * @param {[string, string][]} variables
 */
function showVariables(list, variables) {
  const names = variables.map(([name]) => name).join();
  if (list.dataset.names !== names) {
    list.dataset.names = names;
    list.replaceChildren(...variables.flatMap(([name]) => [make("dt", {}, name), make("dd", { class: "number" })]));
  }
  for (const [k, [, value]] of variables.entries()) {
    const element = list.children[2 * k + 1];
    if (element.textContent !== value) element.textContent = value;
  }
}
