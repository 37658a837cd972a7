// @ts-check
/**
 * Local derivatives written at their edges. Only edges that somebody sees get a text, and keep it. Start at `Partials`.
 *
 * @typedef {import("../trace.js").Run} Run
 * @typedef {import("./picture.js").Tie} Tie
 * @typedef {import("../beside.js").Room} Room
 */

import { shared } from "../beside.js";
import { partialOf } from "./picture.js";

const PARTS = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8]; // of a line, where its number may stand, best first
const ABOVE = 4; // in units of the picture, as all of these: between a line and a number above it
const BELOW = 11;
const WIDE = 6.1; // of a character
const HIGH = 8;
const RIM = 2; // around a number, where nothing is seen through
const SMALL = 0.8; // of its size, where there is little room
const MOST = 0.25; // of a number that may lie over boxes
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
    const boxes = this.picture.rooms();
    for (const [tie, text] of this.texts) {
      const short = partialOf(run, tie)?.[0] ?? "";
      const line = /** @type {SVGPathElement | null} */ (tie.edge.querySelector(".line"));
      if (line && text.textContent !== short) write(text, line, short, boxes);
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
    const boxes = seen.includes(true) ? this.picture.rooms() : [];
    missing.forEach((tie, k) => {
      const line = lines[k];
      if (line && seen[k]) this.texts.set(tie, textAt(line, partialOf(run, tie)?.[0] ?? "", boxes));
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
 * Write a text beside a line.
 * @param {SVGPathElement} line
 * @param {string} short
 * @param {Room[]} boxes
 */
function textAt(line, short, boxes) {
  const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
  text.setAttribute("class", "partial");
  text.setAttribute("text-anchor", "middle");
  text.setAttribute("aria-hidden", "true");
  line.ownerSVGElement?.append(text); // over the lines that cross there
  write(text, line, short, boxes);
  return text;
}

/**
 * Write a number where it covers as little as may be of the boxes: near the middle of its line, above or below it.
 * Where there is no room for it, it is not shown.
 * @param {SVGTextElement} text
 * @param {SVGPathElement} line
 * @param {string} short
 * @param {Room[]} boxes
 */
function write(text, line, short, boxes) {
  const length = line.getTotalLength();
  const places = PARTS.flatMap((part) => {
    const { x, y } = line.getPointAtLength(length * part);
    return [y - ABOVE, y + BELOW].map((base) => ({ x, y: base }));
  });
  const tries = [1, SMALL].flatMap((size) => places.map((place) => ({ size, ...place })));
  const rooms = tries.map(({ x, y, size }) => roomAt(x, y, (size * short.length * WIDE) / 2));
  const costs = rooms.map((room) => boxes.reduce((sum, box) => sum + shared(room, box), 0) / shared(room, room));
  const best = costs.indexOf(Math.min(...costs));
  const { x, y, size } = tries[best];
  text.setAttribute("x", String(x));
  text.setAttribute("y", String(y));
  text.textContent = short;
  text.classList.toggle("small", size !== 1);
  text.classList.toggle("cramped", costs[best] > MOST);
  boxes.push(rooms[best]); // the next one makes way for it
}

/**
 * Return the room of a number and its margin.
 * @param {number} x
 * @param {number} y of its base line
 * @param {number} half of its width
 * @returns {Room}
 */
function roomAt(x, y, half) {
  return { left: x - half - RIM, right: x + half + RIM, top: y - HIGH - RIM, bottom: y + RIM };
}
