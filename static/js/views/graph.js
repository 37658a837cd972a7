// @ts-check
/** The graph: puts the server's picture in place, and lets each node show what it shows at this moment. */

import { find } from "../dom.js";
import { fill } from "../markup.js";
import { cursorOf, directionOf } from "../store.js";
import { frameAt } from "../trace.js";
import { Camera } from "./camera.js";

/**
 * @typedef {import("../trace.js").Face} Face
 * @typedef {import("../trace.js").Frame} Frame
 * @typedef {import("../trace.js").Run} Run
 */

const PULSE = 420; // ms that a number takes along its edge, at speed 1

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const panel = find(page, "#graph-panel");
  const canvas = find(page, "#canvas");
  const camera = new Camera(canvas);
  const picture = new Picture(canvas);
  mountTools(page, store, camera);
  const show = () => {
    const { state } = store;
    panel.classList.toggle("stale", state.stale);
    find(panel, "#stale").hidden = !state.stale;
    if (!state.run) return;
    const frame = frameAt(state.run, cursorOf(state));
    const svg = state.pictures[frame.pass];
    find(panel, "#no-picture").hidden = svg !== undefined || state.run.step_count === 0;
    if (picture.insert(svg)) camera.watch(find(canvas, "svg"));
    picture.paint(state.run, frame);
    picture.point(state.step === null ? null : frame);
    if (state.forward) picture.pulse(frame, state.speed);
    if (state.step !== null) camera.reveal(picture.active);
  };
  store.subscribe(show);
  show();
}

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 * @param {Camera} camera
 */
function mountTools(page, store, camera) {
  find(page, "#zoom-in").addEventListener("click", () => camera.zoom(1.25));
  find(page, "#zoom-out").addEventListener("click", () => camera.zoom(0.8));
  find(page, "#zoom-fit").addEventListener("click", () => camera.fit(true, true));
  for (const option of ["direction", "style"]) {
    const select = /** @type {HTMLSelectElement} */ (find(page, `select[name=${option}]`));
    if (option === "direction") select.value = directionOf(store.state);
    select.addEventListener("change", () => store.dispatch({ type: "option", option: { [option]: select.value } }));
    store.subscribe((state, before) => {
      const value = state[/** @type {"direction" | "style"} */ (option)];
      if (value && value !== before[/** @type {"direction" | "style"} */ (option)]) select.value = value;
    });
  }
}

/** The SVG in place: it remembers what each node shows, and touches only what changes. */
class Picture {
  /** @param {HTMLElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {string | undefined} */
    this.markup = canvas.querySelector("svg")?.outerHTML;
    /** @type {Map<string, Element>} */
    this.nodes = new Map();
    /** @type {Element[]} */
    this.active = [];
    /** @type {Element | null} */
    this.changed = null;
    this.serial = 0;
    this.collected = false;
  }

  /**
   * Put a picture in place; return whether it is another one.
   * @param {string | undefined} markup
   */
  insert(markup) {
    if (this.collected && markup === this.markup) return false;
    if (markup !== this.markup) fill(this.canvas, markup ?? "");
    this.markup = markup;
    this.collected = true;
    this.active = [];
    this.changed = null;
    this.nodes = new Map([...this.canvas.querySelectorAll("g.node")].map((node) => [node.id, node]));
    for (const edge of this.canvas.querySelectorAll("g.edge, g.link")) edge.setAttribute("aria-hidden", "true");
    return markup !== undefined;
  }

  /**
   * Write the numbers of a moment.
   * @param {Run} run
   * @param {Frame} frame
   */
  paint(run, { faces }) {
    for (const node of run.nodes) {
      const group = this.nodes.get(node.id);
      const face = faces.get(node.id);
      if (!group || !face) continue;
      const { data, grad, sign, magnitude } = face;
      const inline = group.classList.contains("constant") && !group.querySelector(".grad");
      if (!inline) write(group.querySelector(".data"), data?.[0] ?? "–");
      write(group.querySelector(".grad"), grad?.[0] ?? "–");
      const sum = node.expression ? `${node.label} = ${node.expression}` : node.label;
      write(group.querySelector("title"), `${sum}; data ${data?.[1] ?? "–"}; grad ${grad?.[1] ?? "–"}`);
      group.classList.toggle("defaulted", node.defaulted);
      if (inline) continue;
      set(group, "data-sign", sign);
      set(group, "data-magnitude", String(magnitude));
      const parts = [node.label, node.symbol, `data ${data?.[0] ?? "–"}`, `gradient ${grad?.[0] ?? "–"}`];
      set(group, "aria-label", parts.filter(Boolean).join(", "));
      const shape = SIGNS[sign];
      const mark = group.querySelector(".sign");
      if (mark) set(mark, "d", shape);
    }
  }

  /**
   * Mark where the step happens: its node, its edge and operand, the number that changed.
   * @param {Frame | null} frame
   */
  point(frame) {
    for (const element of this.active) element.classList.remove("active");
    this.changed?.classList.remove("changed");
    const step = frame?.step;
    if (!step) {
      this.active = [];
      return;
    }
    const edges = step.phase === "forward" ? this.edgesInto(step.node) : [this.byId(`${step.node}.${step.slot}`)];
    const ends = [this.nodes.get(step.node), step.operand ? this.nodes.get(step.operand) : undefined];
    this.active = [...ends, ...edges].filter((element) => element instanceof Element);
    for (const element of this.active) element.classList.add("active");
    const number = step.phase === "forward" || step.field === "data" ? ".data" : ".grad";
    this.changed = this.nodes.get(step.operand ?? step.node)?.querySelector(number) ?? null;
    this.changed?.classList.add("changed");
  }

  /** @param {string} node */
  edgesInto(node) {
    return [...this.canvas.querySelectorAll("g.edge")].filter(({ id }) => id.startsWith(`${node}.`));
  }

  /** @param {string} id */
  byId(id) {
    return this.canvas.querySelector(`[id="${CSS.escape(id)}"]`) ?? undefined;
  }

  /**
   * Let the number run along its edge. It decorates: the numbers are right before it starts.
   * @param {Frame} frame
   * @param {number} speed
   */
  pulse({ step }, speed) {
    const serial = ++this.serial;
    const shown = step?.shown.contribution;
    const line = step?.operand && this.byId(`${step.node}.${step.slot}`)?.querySelector(".line");
    if (!(line instanceof SVGPathElement) || !shown || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("class", "pulse-text");
    text.setAttribute("text-anchor", "middle");
    text.setAttribute("aria-hidden", "true");
    text.textContent = shown[0];
    line.ownerSVGElement?.append(text);
    const length = line.getTotalLength();
    const start = performance.now();
    const tick = (/** @type {number} */ now) => {
      const part = Math.min(Math.max(((now - start) / PULSE) * speed, 0), 1);
      if (part === 1 || serial !== this.serial) return text.remove();
      const { x, y } = line.getPointAtLength(length * (1 - part)); // backwards: from the node to its operand
      text.setAttribute("x", String(x));
      text.setAttribute("y", String(y - 5));
      requestAnimationFrame(tick);
    };
    tick(start);
  }
}

/** The marks of a sign, as the server draws them. */
const SIGNS = {
  pos: "M-4.5 3.5h9l-4.5 -8z",
  neg: "M-4.5 -3.5h9l-4.5 8z",
  zero: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
  nan: "M-1 -4.5h2v5.5h-2zM-1 2.5h2v2h-2z",
  none: "",
};

/**
 * @param {Element | null} element
 * @param {string} text
 */
function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
