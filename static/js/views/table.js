// @ts-check
/** The graph as a table: a row a node, with what it shows at the moment. It is written when somebody opens it. */

import { find, make, showNumber } from "../dom.js";
import { faceAt, keysBetween, labelOf } from "../player.js";
import { cursorOf, entryOf } from "../store.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../trace.js").Node} Node
 * @typedef {import("../trace.js").Run} Run
 */

const MOST = 500; // rows

/** @type {(keyof State)[]} */
const SHOWN = ["run", "step", "tab", "look"];

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#table");
  const table = new Table(root);
  root.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-look]") : null;
    if (button instanceof HTMLElement) store.dispatch({ type: "view", view: { look: button.dataset.look } });
  });
  store.subscribe((state, before) => {
    if (state.tab === "table" && SHOWN.some((key) => state[key] !== before[key])) table.show(state);
  });
  if (store.state.tab === "table") table.show(store.state);
}

/** The rows in place, and the moment that they show. */
class Table {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.body = find(root, "tbody");
    /** @type {Run | null} */
    this.run = null;
    this.cursor = 0;
    /** @type {Map<string, HTMLTableRowElement>} */
    this.rows = new Map();
    /** @type {HTMLElement[]} */
    this.marked = [];
  }

  /** @param {State} state */
  show(state) {
    const { run, step } = state;
    if (!run) return;
    const cursor = cursorOf(state);
    const isSame = run === this.run;
    if (!isSame) this.fill(run);
    for (const id of isSame ? keysBetween(run, this.cursor, cursor) : this.rows.keys()) this.write(run, id, cursor);
    this.cursor = cursor;
    const entry = step === null ? null : entryOf(state);
    this.mark([entry?.node, entry?.operand].filter((id) => id !== undefined));
    for (const [id, row] of this.rows) find(row, "[data-look]").setAttribute("aria-pressed", String(id === state.look));
  }

  /** @param {Run} run */
  fill(run) {
    this.run = run;
    this.marked = [];
    const nodes = run.nodes.filter(({ group }) => !group);
    const users = usersOf(run);
    const shown = nodes.slice(0, MOST);
    this.rows = new Map(shown.map((node) => [node.id, rowOf(run, node, users.get(node.id) ?? [])]));
    this.body.replaceChildren(...this.rows.values());
    const note = find(this.root, ".rest");
    note.hidden = nodes.length <= MOST && nodes.length === run.nodes.length;
    note.textContent = `These are ${shown.length} of ${run.node_count ?? run.nodes.length} nodes.`;
  }

  /**
   * @param {Run} run
   * @param {string} id
   * @param {number} cursor
   */
  write(run, id, cursor) {
    const row = this.rows.get(id);
    const face = faceAt(run, id, cursor);
    if (!row || !face) return;
    showNumber(row.cells[3], face.data);
    showNumber(row.cells[4], face.grad);
  }

  /** @param {string[]} ids */
  mark(ids) {
    for (const row of this.marked) row.removeAttribute("aria-current");
    this.marked = ids.flatMap((id) => this.rows.get(id) ?? []);
    for (const row of this.marked) row.setAttribute("aria-current", "step");
  }
}

/**
 * @param {Run} run
 * @param {Node} node
 * @param {string[]} users
 */
function rowOf(run, node, users) {
  const names = (/** @type {string[]} */ ids) => ids.map((id) => labelOf(run, id)).join(", ");
  const { id, label, role, op, operands } = node;
  const button = make("button", { type: "button", "data-look": id, "aria-label": `look at ${label}, ${id}` }, label);
  const name = make("th", { scope: "row" }, button, " ", make("small", {}, id));
  const number = () => make("td", { class: "number" });
  const cell = (/** @type {string} */ text) => make("td", {}, text);
  return make("tr", {}, name, cell(op ?? role), cell(names(operands)), number(), number(), cell(names(users)));
}

/**
 * Return which nodes use each node.
 * @param {Run} run
 */
function usersOf(run) {
  /** @type {Map<string, string[]>} */
  const users = new Map();
  for (const { id, operands } of run.nodes) {
    for (const operand of new Set(operands)) {
      if (!users.has(operand)) users.set(operand, []);
      users.get(operand)?.push(id);
    }
  }
  return users;
}
