// @ts-check
/**
 * The focus in the picture: one stop for Tab, arrow keys lead along edges, and words say where one stands and which keys
 * there are. Start at `Roving`.
 *
 * @typedef {import("../trace.js").Run} Run
 */

import { make } from "../dom.js";
import { linkedTo, neighbour, told, wayOf } from "../neighbours.js";
import { keyOf, nodeOf } from "../player.js";
import { passAt } from "../trace.js";
import { outline } from "./marks.js";

const KEYS_OF = {
  node: "Arrow keys lead from node to node, Enter opens the card. Steps: full stop (.) forward, comma (,) back.",
  group: "Arrow keys lead from node to node, Enter opens or folds. Steps: full stop (.) forward, comma (,) back.",
};

export class Roving {
  /**
   * @param {HTMLElement} canvas
   * @param {HTMLElement} words what describes the element that has the focus
   * @param {import("./picture.js").Picture} picture
   * @param {() => {run: Run | null, cursor: number, direction: "LR" | "TB"}} scene
   */
  constructor(canvas, words, picture, scene) {
    this.canvas = canvas;
    this.words = words;
    this.picture = picture;
    this.scene = scene;
    this.keys = make("p", { id: "node-keys" });
    words.after(this.keys);
    /** @type {Map<string, SVGElement>} */
    this.stations = new Map();
    this.current = "";
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focusin", (event) => this.enter(event));
  }

  /**
   * Another picture is in place: Tab leads to `wanted`, to where it led before, or to the output.
   * @param {string | null} [wanted]
   */
  adopt(wanted = null) {
    this.stations = new Map(this.picture.stations().map(({ key, element }) => [key, element]));
    for (const element of this.stations.values()) element.setAttribute("tabindex", "-1");
    const choices = [wanted, this.current, this.output()].filter((key) => key !== null && this.stations.has(key));
    this.moveTo(choices[0] ?? this.stations.keys().next().value ?? "");
  }

  /** @param {string} key */
  moveTo(key) {
    this.stations.get(this.current)?.setAttribute("tabindex", "-1");
    this.current = key;
    this.stations.get(key)?.setAttribute("tabindex", "0");
  }

  /**
   * Return the key of the station that an element belongs to.
   * @param {EventTarget | null} target
   */
  keyAt(target) {
    const element = target instanceof Element ? target.closest("g.node, g.group") : null;
    if (!element) return null;
    const key = element.id || keyOf(element.getAttribute("data-group") ?? "");
    return this.stations.has(key) ? key : null;
  }

  output() {
    const { run, cursor } = this.scene();
    const { output = "" } = run?.passes[passAt(run, cursor)] ?? {};
    const group = nodeOf(run, output)?.group;
    return group ? keyOf(group) : output;
  }

  /** Return the first box that nothing leads to. */
  leaf() {
    const heads = new Set(this.links().map(([, head]) => head));
    return [...this.stations.keys()].find((key) => this.picture.parts.has(key) && !heads.has(key)) ?? null;
  }

  /** @returns {import("../neighbours.js").Link[]} */
  links() {
    const { run } = this.scene();
    return run ? this.picture.tiesOf(run).map(({ tail, head }) => [tail, head]) : [];
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const here = this.keyAt(event.target);
    const { direction } = this.scene();
    const way = wayOf(event.key, direction);
    if (here === null || (!way && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault(); // also where it leads nowhere: the page must not take a step instead
    const ends = () => (event.key === "Home" ? this.output() : this.leaf());
    const next = way ? neighbour(this.picture.places(), this.links(), here, way, direction) : ends();
    if (next !== null) this.stations.get(next)?.focus({ preventScroll: true });
  }

  /**
   * Say where one stands; who comes from elsewhere hears of the keys too.
   * @param {FocusEvent} event
   */
  enter({ target, relatedTarget }) {
    const key = this.keyAt(target);
    if (key === null) return;
    this.moveTo(key);
    if (this.picture.parts.has(key)) outline(/** @type {SVGElement} */ (this.stations.get(key)));
    this.words.textContent = this.picture.parts.has(key) ? this.toldOf(key) : "";
    const isNew = this.keyAt(relatedTarget) === null;
    this.keys.textContent = KEYS_OF[this.picture.parts.has(key) ? "node" : "group"];
    const told = isNew ? `${this.words.id} ${this.keys.id}` : this.words.id;
    this.stations.get(key)?.setAttribute("aria-describedby", told);
  }

  /** @param {string} key */
  toldOf(key) {
    const { run } = this.scene();
    const links = this.links();
    const nameOf = (/** @type {string} */ each) =>
      nodeOf(run, each)?.label ?? run?.groups?.find((group) => keyOf(group.key) === each)?.title ?? "";
    const drawn = linkedTo(links, key, "operands");
    const operands = nodeOf(run, key)?.operands ?? drawn;
    return told(
      operands.map((each) => nameOf(each) || "a folded group"),
      linkedTo(links, key, "users").map(nameOf),
    );
  }
}
