// @ts-check
/**
 * From one picture to the next: nodes that were there before fly from their old places to the new ones, and new ones
 * are marked for a while. It decorates: everything is where it belongs before it starts. Start at `Flight`.
 *
 * @typedef {import("../trace.js").Run} Run
 */

import { matched } from "../matching.js";
import { outline } from "./marks.js";

export const FLIGHT = 300; // ms
const FRESH = 1200; // ms that a new node is marked
const MOST = 300; // nodes that fly

export class Flight {
  /**
   * Remember where everything is, before another picture comes.
   * @param {import("./picture.js").Picture} picture
   * @param {Run} run that it shows
   */
  constructor(picture, run) {
    this.run = run;
    /** @type {Map<string, DOMRect>} */
    this.places = new Map();
    for (const [key, { element, inline }] of picture.parts) {
      const box = inline || picture.parts.size > MOST ? null : element.querySelector("rect.box");
      if (box) this.places.set(key, box.getBoundingClientRect());
    }
  }

  /**
   * Let the nodes of the new picture come from where they were.
   * @param {import("./picture.js").Picture} picture
   * @param {Run} run
   * @param {number} scale pixels to a unit of the picture
   */
  land(picture, run, scale) {
    if (!isWanted(this.places.size, picture.parts.size)) return;
    const pairs = matched(this.run.nodes, run.nodes);
    const moves = [...picture.parts].flatMap(([key, { element, inline }]) => {
      const box = inline ? null : element.querySelector("rect.box");
      const old = this.places.get(pairs.get(key) ?? "");
      return box ? [{ element, old, now: box.getBoundingClientRect() }] : [];
    });
    for (const { element, old, now } of moves) {
      if (old) fly(element, (old.x - now.x) / scale, (old.y - now.y) / scale);
      else refresh(element);
    }
    for (const edge of picture.edges.values()) {
      edge.animate({ opacity: [0, 0, 1] }, { duration: FLIGHT * 1.5, easing: "ease-out" });
    }
  }
}

/**
 * @param {number} before
 * @param {number} after
 */
function isWanted(before, after) {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return before > 0 && after <= MOST && !isStill;
}

/**
 * @param {Element} element
 * @param {number} dx
 * @param {number} dy
 */
function fly(element, dx, dy) {
  if (Math.hypot(dx, dy) < 1) return;
  const transform = [`translate(${dx}px, ${dy}px)`, "translate(0, 0)"];
  element.animate({ transform }, { duration: FLIGHT, easing: "ease-out" });
}

/** @param {Element} element */
function refresh(element) {
  outline(element);
  element.classList.add("fresh");
  setTimeout(() => element.classList.remove("fresh"), FRESH);
}
