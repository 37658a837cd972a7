// @ts-check
/** The topological sort in the picture: who is visited, who is in the list and at which place, which calls are under way. */

import { find } from "../dom.js";
import { nodeOf } from "../player.js";
import { heldAfter } from "../sorting.js";
import { sortOf } from "../store.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../trace.js").Run} Run
 */

/** @type {(keyof State)[]} */
const SHOWN = ["run", "step", "sort", "sorting", "pictures"];

const NOTHING = { visited: [], topo: [], calls: [] };

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const painting = new Painting(find(page, "#canvas"));
  store.subscribe((state, before) => {
    if (SHOWN.some((key) => state[key] !== before[key])) painting.show(state);
  });
  painting.show(store.state);
}

/** The marks of a sort in the picture that is in place. It remembers them, and touches what changes. */
class Painting {
  /** @param {HTMLElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.forget();
  }

  forget() {
    this.svg = this.canvas.querySelector("svg");
    /** @type {Map<string, Element>} */
    this.elements = new Map();
    /** @type {string[]} */
    this.visited = [];
    /** @type {string[]} */
    this.topo = [];
    /** @type {Element[]} */
    this.calls = [];
    /** @type {Map<string, Element>} */
    this.badges = new Map();
  }

  /** @param {State} state */
  show(state) {
    const { run } = state;
    const sort = sortOf(state);
    const isOn = run !== null && sort !== null && sort.done > 0;
    if (this.svg !== this.canvas.querySelector("svg")) this.forget();
    if (!isOn && !this.canvas.classList.contains("sorting")) return;
    this.canvas.classList.toggle("sorting", isOn);
    const held = isOn ? heldAfter(sort.events, sort.done) : NOTHING;
    if (held.visited[0] !== this.visited[0]) this.hold(NOTHING); // the sort of another output
    this.hold(held);
    this.point(isOn ? this.path(run, [...new Set([...held.calls, sort.events[sort.done - 1].node])]) : []);
  }

  /** @param {{visited: string[], topo: string[]}} held */
  hold({ visited, topo }) {
    this.mark("visited", this.visited, visited);
    this.mark("ordered", this.topo, topo);
    this.number(topo);
    this.visited = visited;
    this.topo = topo;
  }

  /**
   * Let the nodes in `after` have the class `name`, and those that are only in `before` lose it.
   * @param {string} name
   * @param {string[]} before
   * @param {string[]} after
   */
  mark(name, before, after) {
    for (const id of before.slice(after.length)) this.elementOf(id)?.classList.remove(name);
    for (const id of after.slice(Math.min(before.length, after.length))) this.elementOf(id)?.classList.add(name);
  }

  /**
   * Give each node of the list its place, in the order in which the list grows.
   * @param {string[]} topo
   */
  number(topo) {
    for (const id of this.topo.slice(topo.length)) {
      this.badges.get(id)?.remove();
      this.badges.delete(id);
    }
    for (const [k, id] of topo.entries()) if (!this.badges.has(id)) this.badge(id, k + 1);
  }

  /**
   * @param {string} id
   * @param {number} place
   */
  badge(id, place) {
    const element = this.elementOf(id);
    const corner = element && cornerOf(element);
    if (!element || !corner) return;
    const badge = document.createElementNS("http://www.w3.org/2000/svg", "text");
    badge.setAttribute("class", "place");
    badge.setAttribute("x", String(corner.x));
    badge.setAttribute("y", String(corner.y));
    badge.textContent = String(place);
    element.append(badge);
    this.badges.set(id, badge);
  }

  /**
   * Return the elements of the calls under way: the nodes and the edges between them, the innermost node last.
   * @param {Run} run
   * @param {string[]} calls
   */
  path(run, calls) {
    const path = calls.flatMap((id, k) => [...(k ? this.edgesBetween(run, calls[k - 1], id) : []), this.elementOf(id)]);
    return path.filter((element) => element instanceof Element);
  }

  /**
   * @param {Run} run
   * @param {string} user
   * @param {string} operand
   */
  edgesBetween(run, user, operand) {
    const slots = [...(nodeOf(run, user)?.operands ?? []).keys()];
    const taken = slots.filter((slot) => nodeOf(run, user)?.operands[slot] === operand);
    return taken.map((slot) => this.elementOf(`${user}.${slot}`));
  }

  /** @param {Element[]} path */
  point(path) {
    for (const element of this.calls) if (!path.includes(element)) element.classList.remove("calling");
    for (const element of path) element.classList.add("calling");
    this.calls.at(-1)?.classList.remove("here");
    path.at(-1)?.classList.add("here");
    this.calls = path;
  }

  /** @param {string} id */
  elementOf(id) {
    const found = this.elements.get(id) ?? this.svg?.querySelector(`g[id="${CSS.escape(id)}"]`) ?? null;
    if (found) this.elements.set(id, found);
    return found;
  }
}

/**
 * Return where the badge of a node stands: at the top of its box, on the left. Constants inside boxes have none.
 * @param {Element} element
 */
function cornerOf(element) {
  const box = element.querySelector(".box");
  const [x, y] = ["x", "y"].map((name) => Number(box?.getAttribute(name) ?? Number.NaN));
  return Number.isFinite(x + y) ? { x: x - 3, y: y + 3 } : null;
}
