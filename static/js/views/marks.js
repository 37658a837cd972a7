// @ts-check
/**
 * Marks on nodes that somebody has chosen: breakpoints, what the editor's cursor stands at, whose card is open. Each
 * change touches those nodes alone. Start at `Marks`.
 *
 * @typedef {import("../trace.js").Run} Run
 */

const STOP = "M-3 -7h6l4 4v6l-4 4h-6l-4 -4v-6z";

export class Marks {
  /** @param {import("./picture.js").Picture} picture */
  constructor(picture) {
    this.picture = picture;
    /** @type {Record<string, Element[]>} */
    this.shown = {};
    /** @type {Element[]} */
    this.signs = [];
  }

  /** Another picture is in place: nothing is marked in it. */
  forget() {
    this.shown = {};
    this.signs = [];
  }

  /**
   * Let these elements have a class, and no others.
   * @param {string} name
   * @param {Element[]} elements
   */
  put(name, elements) {
    for (const element of this.shown[name] ?? []) element.classList.remove(name);
    for (const element of elements) {
      element.classList.add(name);
      outline(element);
    }
    this.shown[name] = elements;
  }

  /** @param {string[]} ids */
  elementsOf(ids) {
    return ids.flatMap((id) => this.picture.parts.get(id)?.element ?? []);
  }

  /** @param {string[]} stops */
  stops(stops) {
    const elements = this.elementsOf(stops);
    this.put("stop", elements);
    for (const sign of this.signs) sign.remove();
    this.signs = elements.flatMap(signOn);
  }

  /** @param {string[]} marked */
  marked(marked) {
    this.put("marked", this.elementsOf(marked));
  }

  /**
   * @param {Run | null} run
   * @param {string | null} look
   */
  looked(run, look) {
    const ties = run && look !== null ? this.picture.tiesOf(run) : [];
    this.put("looked", look === null ? [] : this.elementsOf([look]));
    this.put(
      "lit",
      ties.filter(({ tail, head }) => tail === look || head === look).map(({ edge }) => edge),
    );
  }
}

/**
 * Let a node have an outline of its own form, which a style sheet shows as soon as there is something to say.
 * @param {Element} element
 */
export function outline(element) {
  const box = element.querySelector("rect.box");
  if (!box || element.querySelector(".halo")) return;
  const number = (/** @type {string} */ name) => Number(box.getAttribute(name));
  const gap = element.querySelector(".outline") ? 6.5 : 3.5; // an output has an outline already
  const halo = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  halo.setAttribute("class", "halo");
  for (const name of ["x", "y"]) halo.setAttribute(name, String(number(name) - gap));
  for (const name of ["width", "height"]) halo.setAttribute(name, String(number(name) + 2 * gap));
  halo.setAttribute("rx", String(number("rx") + gap));
  element.append(halo);
}

/**
 * Draw a stop sign at the corner of a node.
 * @param {Element} element
 */
function signOn(element) {
  const box = element.querySelector("rect.box");
  if (!box) return [];
  const sign = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const [x, y] = [Number(box.getAttribute("x")), Number(box.getAttribute("y"))];
  sign.setAttribute("class", "stop-sign");
  sign.setAttribute("transform", `translate(${x + 2} ${y + 2})`);
  sign.setAttribute("d", STOP);
  element.append(sign);
  return [sign];
}
