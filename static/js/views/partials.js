// @ts-check
/**
 * Local derivatives written at their edges. Only edges that somebody sees get a text, and keep it. Start at `Partials`.
 *
 * @typedef {import("../trace.js").Run} Run
 * @typedef {import("./picture.js").Tie} Tie
 */

import { partialOf } from "./picture.js";

const SETTLED = 120; // ms that the camera rests, before new edges on screen get their texts

export class Partials {
  /**
   * @param {HTMLElement} canvas
   * @param {import("./picture.js").Picture} picture
   */
  constructor(canvas, picture) {
    this.canvas = canvas;
    this.picture = picture;
    /** @type {Run | null} */
    this.run = null;
    /** @type {Map<Tie, SVGTextElement>} */
    this.texts = new Map();
    this.waiting = 0;
    canvas.addEventListener("camera", () => this.showSoon());
  }

  /** Another picture is in place: it has no texts. */
  forget() {
    this.texts = new Map();
  }

  /**
   * Show the local derivatives of this run, or none.
   * @param {Run | null} run
   */
  show(run) {
    this.run = run;
    if (run) {
      this.update(run);
      this.extend();
    } else {
      for (const text of this.texts.values()) text.remove();
      this.texts = new Map();
    }
  }

  showSoon() {
    if (!this.run) return;
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.extend(), SETTLED);
  }

  /** @param {Run} run */
  update(run) {
    for (const [tie, text] of this.texts) {
      const short = partialOf(run, tie)?.[0] ?? "";
      if (text.textContent !== short) text.textContent = short;
    }
  }

  /** Write what has come on screen. */
  extend() {
    const { run } = this;
    if (!run) return;
    const outer = this.canvas.getBoundingClientRect();
    const missing = this.picture.tiesOf(run).filter((tie) => !this.texts.has(tie) && partialOf(run, tie));
    const lines = missing.map(({ edge }) => /** @type {SVGPathElement | null} */ (edge.querySelector(".line")));
    const seen = lines.map((line) => line !== null && isWithin(line.getBoundingClientRect(), outer));
    missing.forEach((tie, k) => {
      const line = lines[k];
      if (line && seen[k]) this.texts.set(tie, textAt(line, partialOf(run, tie)?.[0] ?? ""));
    });
  }
}

/**
 * @param {DOMRect} inner
 * @param {DOMRect} outer
 */
function isWithin(inner, outer) {
  const { left, right, top, bottom } = outer;
  return inner.right >= left && inner.left <= right && inner.bottom >= top && inner.top <= bottom;
}

/**
 * Write a text at the middle of a line.
 * @param {SVGPathElement} line
 * @param {string} short
 */
function textAt(line, short) {
  const { x, y } = line.getPointAtLength(line.getTotalLength() / 2);
  const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
  text.setAttribute("class", "partial");
  text.setAttribute("text-anchor", "middle");
  text.setAttribute("aria-hidden", "true");
  text.setAttribute("x", String(x));
  text.setAttribute("y", String(y - 4));
  text.textContent = short;
  line.ownerSVGElement?.append(text); // over the nodes: edges between neighbours are shorter than their numbers
  return text;
}
