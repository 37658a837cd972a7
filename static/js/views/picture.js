// @ts-check
/**
 * The server's picture in place: turns the moment of a run into texts and marks of its elements. It remembers what
 * everything shows and touches only what changes. Start at `Picture`.
 *
 * @typedef {import("../trace.js").Face} Face
 * @typedef {import("../trace.js").Node} Node
 * @typedef {import("../trace.js").Group} Group
 * @typedef {import("../trace.js").Run} Run
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {import("../trace.js").Step} Step
 * @typedef {{element: Element, data: Element | null, grad: Element | null, title: Element | null, sign: Element | null,
 *   inline: boolean, face: Face | null}} Part What shows a node or a group, and what it shows; null: as the server wrote it.
 * @typedef {{edge: Element, tail: string, head: string, slot: number | null}} Tie An edge or a bundle of edges and the
 *   keys of what it ties; `slot`: of the operand, where it is a single edge.
 */

import { fill } from "../markup.js";
import { faceAt, keyOf, keysBetween, keysOf, nodeOf } from "../player.js";

const WIDE = 7; // of one character of the number that runs, in units of the picture
const PULSE = 420; // ms that a number takes along its edge, at speed 1

export class Picture {
  /** @param {HTMLElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {string | undefined} */
    this.markup = canvas.querySelector("svg")?.outerHTML;
    /** @type {Map<string, Part>} */
    this.parts = new Map();
    /** @type {Map<string, Element>} */
    this.groups = new Map();
    /** @type {Map<string, Element>} */
    this.edges = new Map();
    /** @type {Map<string, Element[]>} */
    this.arriving = new Map();
    /** @type {Tie[] | null} What each edge ties together; null: nobody has asked yet. */
    this.ties = null;
    /** @type {{run: Run, cursor: number} | null} */
    this.painted = null;
    /** @type {Element[]} */
    this.active = [];
    /** @type {Element | null} */
    this.changed = null;
    this.serial = 0;
    this.collected = false;
  }

  /**
   * Return whether `markup` is another picture than the one in place.
   * @param {string | undefined} markup
   */
  isOther(markup) {
    return !this.collected || markup !== this.markup;
  }

  /**
   * Put a picture in place.
   * @param {string | undefined} markup
   */
  insert(markup) {
    if (markup !== this.markup) fill(this.canvas, markup ?? "");
    this.markup = markup;
    this.collected = true;
    this.active = [];
    this.changed = null;
    this.painted = null;
    this.parts = new Map();
    for (const element of this.canvas.querySelectorAll("g.node")) this.parts.set(element.id, partOf(element));
    this.collectGroups();
    this.collectEdges();
  }

  collectGroups() {
    this.groups = new Map();
    for (const element of this.canvas.querySelectorAll("g.group")) {
      const key = element.getAttribute("data-group") ?? "";
      this.groups.set(key, element);
      if (element.classList.contains("folded")) this.parts.set(keyOf(key), partOf(element));
    }
  }

  collectEdges() {
    this.edges = new Map();
    this.arriving = new Map();
    this.ties = null;
    for (const edge of this.canvas.querySelectorAll("g.edge, g.link")) {
      edge.setAttribute("aria-hidden", "true");
      const [tail, head] = [edge.getAttribute("data-tail"), edge.getAttribute("data-head")];
      this.edges.set(head === null ? edge.id : `${head} ${tail}`, edge);
      const end = head ?? edge.id.slice(0, edge.id.lastIndexOf("."));
      this.arriving.set(end, [...(this.arriving.get(end) ?? []), edge]);
    }
  }

  // -- numbers --------------------------------------------------------------------------------------------------------

  /**
   * Write the numbers of a moment.
   * @param {Run} run
   * @param {number} cursor
   */
  paint(run, cursor) {
    const before = this.painted;
    const isSame = before?.run === run;
    for (const key of isSame ? keysBetween(run, before.cursor, cursor) : keysOf(run)) {
      const part = this.parts.get(key);
      const face = faceAt(run, key, cursor);
      if (part && face && part.face !== face) this.show(run, key, part, face);
    }
    if (!isSame) {
      this.mark(run);
      this.tellEdges(run);
    }
    this.painted = { run, cursor };
  }

  /**
   * Let edges tell their local derivatives in this run.
   * @param {Run} run
   */
  tellEdges(run) {
    for (const tie of this.tiesOf(run)) {
      const partial = partialOf(run, tie);
      const title = partial && tie.edge.querySelector("title");
      if (title) write(title, `${title.textContent.slice(0, title.textContent.lastIndexOf("="))}= ${partial[1]}`);
    }
  }

  /**
   * Return what the edges tie together.
   * @param {Run} run
   * @returns {Tie[]}
   */
  tiesOf(run) {
    this.ties ??= [...this.edges.values()].map((edge) => this.tieOf(run, edge)).filter((tie) => tie !== null);
    return this.ties;
  }

  /**
   * @param {Run} run
   * @param {Element} edge
   * @returns {Tie | null}
   */
  tieOf(run, edge) {
    const keyAt = (/** @type {string} */ end) => (this.groups.has(end) ? keyOf(end) : end);
    const [tail, head] = [edge.getAttribute("data-tail"), edge.getAttribute("data-head")];
    if (tail !== null && head !== null) return { edge, tail: keyAt(tail), head: keyAt(head), slot: null };
    const [user, slot] = edge.id.split(".");
    const operand = nodeOf(run, user)?.operands[Number(slot)];
    return operand === undefined ? null : { edge, tail: operand, head: user, slot: Number(slot) };
  }

  /**
   * Return the middles of all boxes, in units of the picture: they stay where they are, however one moves over it.
   * @returns {Map<string, {x: number, y: number}>}
   */
  places() {
    return new Map(this.stations().map(({ key, element }) => [key, middleOf(element)]));
  }

  /**
   * Return the rooms of all boxes, in units of the picture.
   * @returns {import("../beside.js").Room[]}
   */
  rooms() {
    return [...this.parts.values()].flatMap(({ element, inline }) => {
      const box = inline ? null : element.querySelector("rect.box");
      return box ? [roomOf(box)] : [];
    });
  }

  /**
   * Return what the focus can go to: nodes, folded groups, and grips of open ones.
   * @returns {{key: string, element: SVGElement}[]}
   */
  stations() {
    const boxes = [...this.parts].filter(([, { inline }]) => !inline).map(([key, { element }]) => ({ key, element }));
    const grips = [...this.groups].flatMap(([key, group]) => {
      const element = group.querySelector(".fold");
      return element ? [{ key: keyOf(key), element }] : [];
    });
    return /** @type {{key: string, element: SVGElement}[]} */ ([...boxes, ...grips]);
  }

  /** @param {Run} run */
  mark({ nodes }) {
    for (const { id, defaulted } of nodes) this.parts.get(id)?.element.classList.toggle("defaulted", defaulted);
  }

  /**
   * @param {Run} run
   * @param {string} key
   * @param {Part} part
   * @param {Face} face
   */
  show(run, key, part, face) {
    const before = part.face;
    part.face = face;
    if (before && isAlike(before, face)) return;
    const node = nodeOf(run, key);
    const group = node ? undefined : run.groups?.find((each) => keyOf(each.key) === key);
    if (!part.inline && node) write(part.data, shortOf(face.data));
    write(part.grad, shortOf(face.grad));
    if (node) write(part.title, titleOf(node, face));
    else if (group) write(part.title, groupTitleOf(group, face));
    if (part.inline) return;
    set(part.element, "data-sign", face.sign);
    set(part.element, "data-magnitude", String(face.magnitude));
    if (node) set(part.element, "aria-label", labelOf(node, face));
    else if (group) set(part.element, "aria-label", groupLabelOf(group, face));
    if (part.sign) set(part.sign, "d", SIGNS[face.sign]);
  }

  // -- the step -------------------------------------------------------------------------------------------------------

  /**
   * Mark where the step happens: its node or group, its edge and operand, the number that changed.
   * @param {Step | null} step
   */
  point(step) {
    for (const element of this.active) element.classList.remove("active");
    this.changed?.classList.remove("changed");
    this.active = step ? this.elementsOf(step) : [];
    for (const element of this.active) element.classList.add("active");
    this.changed = step ? this.numberOf(step) : null;
    this.changed?.classList.add("changed");
  }

  /** Return what should be in view, the best choice first: all that is marked, its boxes, the box where it happens. */
  placesToSee() {
    const boxes = this.active.filter((element) => !element.classList.contains("edge"));
    return [this.active, boxes, boxes.slice(0, 1)];
  }

  /** @param {Step} step */
  elementsOf(step) {
    const { here, receiver } = this.endsOf(step);
    const isAll = step.group !== undefined || (step.phase === "forward" && here === step.node);
    const edges = isAll ? this.arriving.get(here ?? "") : this.edgesOf(step);
    const ends = [here, receiver].map((end) => end && (this.parts.get(end) ?? this.parts.get(keyOf(end)))?.element);
    return [...new Set([...ends, ...(edges ?? [])])].filter((element) => element instanceof Element);
  }

  /**
   * Return where a step happens and what it reaches: nodes, or the folded groups that hide them.
   * @param {Step} step
   */
  endsOf({ node, operand, group, operand_group }) {
    const seen = (/** @type {string | null | undefined} */ id) =>
      id && !this.parts.has(id) ? (this.groupAbove(id) ?? id) : id;
    return { here: group ?? seen(node), receiver: operand_group ?? seen(operand) };
  }

  /**
   * Return the folded group that hides a node: the run tells it of one pass, the scope of the node of any.
   * @param {string} id
   */
  groupAbove(id) {
    const { group, scope } = nodeOf(this.painted?.run ?? null, id) ?? {};
    if (group !== undefined && this.groups.has(group)) return group;
    const folded = [...this.groups.keys()].filter((key) => this.parts.has(keyOf(key)));
    return folded.find((key) => scope && `/${scope}/`.includes(`/${key}/`)) ?? null;
  }

  /**
   * Return the edges of one step: those of its operands, or that of the operand it reaches.
   * @param {Step} step
   */
  edgesOf(step) {
    if (step.phase !== "forward") return [this.edgeOf(step)];
    const operands = nodeOf(this.painted?.run ?? null, step.node)?.operands ?? [];
    return operands.map((operand) => this.edgeOf({ ...step, operand }));
  }

  /** @param {Step} step */
  edgeOf(step) {
    const { here, receiver } = this.endsOf(step);
    return this.edges.get(`${step.node}.${step.slot}`) ?? this.edges.get(`${here} ${receiver}`);
  }

  /** @param {Step} step */
  numberOf(step) {
    const { phase, field, node, operand, group, operand_group } = step;
    const { here, receiver } = this.endsOf(step);
    const told = group ?? operand_group ?? receiver ?? here ?? "";
    const isHidden = !this.parts.has(operand ?? node ?? "") || Boolean(group ?? operand_group);
    const part = this.parts.get(isHidden ? keyOf(told) : (operand ?? node ?? ""));
    const isData = !isHidden && (phase === "forward" || field === "data");
    return (isData ? part?.data : part?.grad) ?? null;
  }

  /**
   * Let the number run along its edge. It decorates: the numbers are right before it starts.
   * @param {Step} step
   * @param {number} speed
   */
  pulse(step, speed) {
    const serial = ++this.serial;
    const shown = step.shown?.contribution;
    const line = step.operand && this.edgeOf(step)?.querySelector(".line");
    if (!(line instanceof SVGPathElement) || !shown || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("class", "pulse-text");
    text.setAttribute("text-anchor", "middle");
    text.setAttribute("aria-hidden", "true");
    text.textContent = shown[0];
    line.ownerSVGElement?.append(text);
    const length = line.getTotalLength();
    const inset = Math.min((shown[0].length * WIDE) / 2 + 4, length / 2); // it starts and ends beside boxes, not in them
    const start = performance.now();
    const tick = (/** @type {number} */ now) => {
      const part = Math.min(Math.max(((now - start) / PULSE) * speed, 0), 1);
      if (part === 1 || serial !== this.serial) return text.remove();
      const { x, y } = line.getPointAtLength(inset + (length - 2 * inset) * (1 - part)); // backwards: from the node to its operand
      text.setAttribute("x", String(x));
      text.setAttribute("y", String(y - 5));
      requestAnimationFrame(tick);
    };
    tick(start);
  }

  // -- groups ---------------------------------------------------------------------------------------------------------

  /**
   * Return what one presses to fold or open a group: the box of a folded one, the grip of an open one.
   * @param {string} key
   * @returns {SVGElement | null}
   */
  handleOf(key) {
    const group = this.groups.get(key);
    const handle = group?.classList.contains("open") ? group.querySelector(".fold") : group;
    return handle instanceof SVGElement ? handle : null;
  }

  /**
   * Return the outline of a group.
   * @param {string | null} key
   */
  outlineOf(key) {
    return (key !== null && this.groups.get(key)?.querySelector(".frame, .box")) || null;
  }

  /**
   * Return the key of the innermost open group around a node: of the frames around it, the smallest one.
   * @param {string} id
   */
  groupAround(id) {
    const box = this.parts.get(id)?.element.getBoundingClientRect();
    if (!box) return null;
    const around = [...this.groups].flatMap(([key, group]) => {
      const frame = group.querySelector(".frame")?.getBoundingClientRect();
      return frame && holds(frame, box) ? [{ key, size: frame.width * frame.height }] : [];
    });
    return around.sort((a, b) => a.size - b.size)[0]?.key ?? null;
  }
}

/**
 * Return the local derivative along an edge of a run.
 * @param {Run} run
 * @param {Tie} tie
 * @returns {Shown | undefined}
 */
export function partialOf(run, { head, slot }) {
  return slot === null ? undefined : nodeOf(run, head)?.shown.partials?.[slot];
}

/**
 * Return the middle of a box as its attributes say it; the browser need not lay anything out for that.
 * @param {Element} element
 */
function middleOf(element) {
  const box = element.querySelector("rect.box, rect.grip");
  const number = (/** @type {string} */ name) => Number(box?.getAttribute(name) ?? 0);
  return { x: number("x") + number("width") / 2, y: number("y") + number("height") / 2 };
}

/** @param {Element} box */
function roomOf(box) {
  const [left, top, width, height] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
  return { left, top, right: left + width, bottom: top + height };
}

/** The marks of a sign, as the server draws them. */
const SIGNS = {
  pos: "M-4.5 3.5h9l-4.5 -8z",
  neg: "M-4.5 -3.5h9l-4.5 8z",
  zero: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
  nan: "M-1 -4.5h2v5.5h-2zM-1 2.5h2v2h-2z",
  none: "",
  abs: "",
};

/**
 * @param {Element} element
 * @returns {Part}
 */
function partOf(element) {
  const one = (/** @type {string} */ selector) => element.querySelector(selector);
  const grad = one(".grad");
  const inline = element.classList.contains("constant") && !grad;
  return { element, data: one(".data"), grad, title: one("title"), sign: one(".sign"), inline, face: null };
}

/**
 * @param {DOMRect} outer
 * @param {DOMRect} inner
 */
function holds(outer, inner) {
  const [x, y] = [inner.x + inner.width / 2, inner.y + inner.height / 2];
  return outer.left <= x && x <= outer.right && outer.top <= y && y <= outer.bottom;
}

/**
 * Return whether two faces, perhaps of two runs, look the same.
 * @param {Face} one
 * @param {Face} other
 */
function isAlike(one, other) {
  const isSame = (/** @type {Shown | null} */ a, /** @type {Shown | null} */ b) =>
    a?.[0] === b?.[0] && a?.[1] === b?.[1];
  return (
    isSame(one.data, other.data) &&
    isSame(one.grad, other.grad) &&
    one.sign === other.sign &&
    one.magnitude === other.magnitude
  );
}

/** @param {Shown | null} shown */
function shortOf(shown) {
  return shown?.[0] ?? "–";
}

/**
 * @param {Node} node
 * @param {Face} face
 */
function titleOf({ label, expression }, { data, grad }) {
  const sum = expression ? `${label} = ${expression}` : label;
  return `${sum}; data ${data?.[1] ?? "–"}; grad ${grad?.[1] ?? "–"}`;
}

/**
 * @param {Node} node
 * @param {Face} face
 */
function labelOf({ label, symbol }, { data, grad }) {
  return [label, symbol, `data ${shortOf(data)}`, `gradient ${shortOf(grad)}`].filter(Boolean).join(", ");
}

/**
 * @param {Group} group
 * @param {Face} face
 */
function groupTitleOf(group, { grad }) {
  return `${sizeOf(group)}; largest |grad| ${grad?.[1] ?? "–"}`;
}

/**
 * @param {Group} group
 * @param {Face} face
 */
function groupLabelOf(group, { grad }) {
  return `${sizeOf(group)}, largest gradient ${shortOf(grad)}; open`;
}

/** @param {Group} group */
function sizeOf({ title, nodes }) {
  return `${title}: ${nodes.toLocaleString("en")} nodes`;
}

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
