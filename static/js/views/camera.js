// @ts-check
/**
 * The camera over the picture: pans, zooms and follows. The picture lies in its natural size and is moved as a whole:
 * nothing inside it is laid out again, however many nodes there are.
 * Text is never smaller than it can be read: what does not fit then is reached by moving.
 */

const SMALLEST = 0.92; // of the natural size: 12 px type stays above 11 px
const LARGEST_FIT = 2;
const ZOOM = 1.25;
const GLIDE = 240; // ms
const STILL = 4; // pixels that a press may slip before it is a drag

/** @typedef {{x: number, y: number}} Place */

const MARGIN = 12; // px around what is brought into view

/** @typedef {{left: number, right: number, top: number, bottom: number}} Room */

/**
 * Return the room that elements take together, in pixels.
 * @param {Element[]} elements
 * @returns {Room}
 */
function roomOf(elements) {
  const rooms = elements.map((element) => element.getBoundingClientRect());
  return {
    left: Math.min(...rooms.map(({ left }) => left)),
    right: Math.max(...rooms.map(({ right }) => right)),
    top: Math.min(...rooms.map(({ top }) => top)),
    bottom: Math.max(...rooms.map(({ bottom }) => bottom)),
  };
}

/**
 * Return how far what reaches from `low` to `high` has to move, to be seen between `from` and `to`.
 * @param {number} low
 * @param {number} high
 * @param {number} from
 * @param {number} to
 */
function shiftInto(low, high, from, to) {
  if (low < from + MARGIN) return from + MARGIN - low;
  return high > to - MARGIN ? Math.max(to - MARGIN - high, from + MARGIN - low) : 0;
}

export class Camera {
  /** @param {HTMLElement} host the element that holds the SVG */
  constructor(host) {
    this.host = host;
    /** @type {SVGSVGElement | null} */
    this.svg = null;
    this.size = { width: 1, height: 1 };
    this.view = { x: 0, y: 0, scale: 1 };
    this.moved = false;
    this.dragged = false;
    this.frame = 0;
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    /** @type {Element[][]} What should be in view, until somebody moves. */
    this.wanted = [];
    new ResizeObserver(() => this.settle()).observe(host);
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    host.addEventListener("pointerdown", (event) => this.press(event));
    host.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      host.addEventListener(end, (event) => this.pointers.delete(/** @type {PointerEvent} */ (event).pointerId));
    }
    host.addEventListener("keydown", (event) => this.key(event));
  }

  /**
   * Look at another picture. With `anchor` the scale stays, and the middle of that element comes to the place given.
   * @param {SVGSVGElement} svg
   * @param {{element: Element, place: Place} | null} [anchor]
   */
  watch(svg, anchor = null) {
    const size = { width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };
    const isAlike = size.width === this.size.width && size.height === this.size.height;
    this.svg = svg;
    this.size = size;
    this.wanted = [];
    if (anchor) this.hold(anchor.element, anchor.place);
    else if (this.moved && isAlike) this.go(this.view, false);
    else this.begin();
  }

  /** Show a picture that nobody has moved over yet. */
  begin() {
    this.moved = false;
    this.fit(false);
  }

  /**
   * Return where the middle of an element is, in pixels of the host.
   * @param {Element} element
   * @returns {Place}
   */
  placeOf(element) {
    const inner = element.getBoundingClientRect();
    const outer = this.host.getBoundingClientRect();
    return { x: inner.x + inner.width / 2 - outer.x, y: inner.y + inner.height / 2 - outer.y };
  }

  /**
   * Move such that the middle of an element comes to a place of the host.
   * @param {Element} element
   * @param {Place} place
   */
  hold(element, place) {
    this.go(this.view, false);
    const here = this.placeOf(element);
    this.pan(place.x - here.x, place.y - here.y);
  }

  /** The scale at which all is seen, within what can be read. */
  fitting() {
    const { clientWidth, clientHeight } = this.host;
    return Math.min(clientWidth / this.size.width, clientHeight / this.size.height, LARGEST_FIT);
  }

  /**
   * Show all of it; where that would be too small to read, begin at the output's end only if somebody asks for all.
   * @param {boolean} all
   */
  fit(all, smooth = false) {
    const scale = all ? this.fitting() : Math.max(this.fitting(), SMALLEST);
    const { clientWidth, clientHeight } = this.host;
    const spare = (/** @type {number} */ room, /** @type {number} */ size) => (room / scale - size) / 2;
    const x = -Math.max(spare(clientWidth, this.size.width), all ? -Infinity : 0);
    const y = -Math.max(spare(clientHeight, this.size.height), all ? -Infinity : 0);
    this.go({ x, y, scale }, smooth);
  }

  /** The host has another size. */
  settle() {
    if (!this.svg) return;
    if (this.moved) return this.go(this.view, false);
    this.fit(false);
    this.reveal(this.wanted, false);
  }

  /**
   * @param {number} factor
   * @param {number} [left] of the point that stays, in pixels of the host
   * @param {number} [top]
   */
  zoom(factor, left = this.host.clientWidth / 2, top = this.host.clientHeight / 2) {
    const { x, y, scale } = this.view;
    const next = Math.min(Math.max(scale * factor, 0.05), 8);
    this.moved = true;
    this.go({ x: x + left / scale - left / next, y: y + top / scale - top / next, scale: next }, false);
  }

  /**
   * @param {number} dx pixels
   * @param {number} dy
   */
  pan(dx, dy) {
    const { x, y, scale } = this.view;
    this.moved = true;
    this.go({ x: x - dx / scale, y: y - dy / scale, scale }, false);
  }

  /**
   * Bring elements into view; do nothing if they are there. Of several `choices` the first is taken that fits, else the
   * last one, as much of it as fits.
   * @param {Element[][]} choices
   * @param {boolean} [smooth]
   */
  reveal(choices, smooth = true) {
    this.wanted = choices;
    const outer = this.host.getBoundingClientRect();
    const rooms = choices.filter(({ length }) => length > 0).map(roomOf);
    const fits = (/** @type {Room} */ { left, right, top, bottom }) =>
      right - left <= outer.width - 2 * MARGIN && bottom - top <= outer.height - 2 * MARGIN;
    const inner = rooms.find(fits) ?? rooms.at(-1);
    if (!inner || outer.width === 0) return;
    const dx = shiftInto(inner.left, inner.right, outer.left, outer.right);
    const dy = shiftInto(inner.top, inner.bottom, outer.top, outer.bottom);
    if (!dx && !dy) return;
    const { x, y, scale } = this.view;
    this.go({ x: x - dx / scale, y: y - dy / scale, scale }, smooth);
  }

  /**
   * @param {{x: number, y: number, scale: number}} to
   * @param {boolean} smooth
   */
  go(to, smooth) {
    cancelAnimationFrame(this.frame);
    const from = { ...this.view };
    const put = (/** @type {number} */ part) => {
      const mix = (/** @type {"x" | "y" | "scale"} */ key) => from[key] + (to[key] - from[key]) * part;
      this.view = { x: mix("x"), y: mix("y"), scale: mix("scale") };
      const { x, y, scale } = this.view;
      if (this.svg) this.svg.style.transform = `translate(${-x * scale}px, ${-y * scale}px) scale(${scale})`;
    };
    if (!smooth || matchMedia("(prefers-reduced-motion: reduce)").matches) return put(1);
    const start = performance.now();
    const tick = (/** @type {number} */ now) => {
      const part = Math.min(Math.max((now - start) / GLIDE, 0), 1);
      put(1 - (1 - part) ** 3);
      if (part < 1) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey && !this.host.contains(document.activeElement)) return; // the page scrolls
    event.preventDefault();
    const { left, top } = this.host.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 400)), event.clientX - left, event.clientY - top);
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (this.pointers.size === 0) this.dragged = false;
    if (event.button === 0) this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const here = { x: event.clientX, y: event.clientY };
    if (!this.dragged && Math.hypot(here.x - last.x, here.y - last.y) < STILL) return;
    this.dragged = true;
    this.host.setPointerCapture(event.pointerId);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const { left, top } = this.host.getBoundingClientRect();
      const spread = Math.hypot(last.x - other.x, last.y - other.y);
      if (spread > 1) this.zoom(Math.hypot(here.x - other.x, here.y - other.y) / spread, other.x - left, other.y - top);
    } else this.pan(here.x - last.x, here.y - last.y);
    this.pointers.set(event.pointerId, here);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (move && event.shiftKey) this.pan(move[0], move[1]);
    else if (event.key === "+" || event.key === "=") this.zoom(ZOOM);
    else if (event.key === "-") this.zoom(1 / ZOOM);
    else if (event.key === "0") this.fit(true, true);
    else return;
    event.preventDefault();
  }
}
