// @ts-check
/**
 * The camera over the picture: pans, zooms and follows. The picture lies in its natural size and is moved as a whole:
 * nothing inside it is laid out again, however many nodes there are. Its host hears `camera` whenever it has moved.
 * A picture begins as a whole if it can be read so, else at its output, in a size in which one reads with ease.
 */

const READABLE = 0.72; // of the natural size: 12 px type is nearly 9 px
const EASY = 0.92; // 12 px type stays above 11 px
const FAR = 1.85; // times that, for who sits at the other end of a room: 12 px type is 20 px and more
const LARGEST_FIT = 2;
const ZOOM = 1.25;
const GLIDE = 240; // ms
const STILL = 4; // pixels that a press may slip before it is a drag

/** @typedef {{x: number, y: number}} Place */

const MARGIN = 12; // px around what is brought into view
const EDGE = 6; // px around a picture that is shown as a whole
const MORE = 14; // px of a picture out of sight, from which on it is said that there is more: its margin is 10 wide

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
    /** Of the host, in pixels. */
    this.room = { width: 1, height: 1 };
    this.view = { x: 0, y: 0, scale: 1 };
    /** Where it is on its way to. */
    this.target = this.view;
    this.moved = false;
    this.isFar = false;
    this.dragged = false;
    this.frame = 0;
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    /** @type {Element[][]} What should be in view, until somebody moves. */
    this.wanted = [];
    /** Where a picture begins that is too large to be read as a whole: part of its width and of its height. */
    this.start = { x: 1, y: 0.5 };
    /** How much of the host something else covers at its lower edge, in pixels. */
    this.covered = 0;
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
   * @param {Place} [start] where to begin, as parts of its width and its height
   */
  watch(svg, anchor = null, start = this.start) {
    const isFirst = this.svg === null;
    this.measure();
    const size = { width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };
    const isAlike = size.width === this.size.width && size.height === this.size.height;
    this.svg = svg;
    this.size = size;
    this.wanted = [];
    this.start = start;
    if (anchor) this.hold(anchor.element, anchor.place);
    else if (this.moved && isAlike) this.go(this.view, false);
    else if (isFirst) this.begin(false);
    else {
      this.go(this.view, false);
      if (this.moved && this.suits(this.view.scale)) this.center(this.view.scale, false);
      else this.begin(true);
    }
  }

  /**
   * Return whether all of the picture is seen at this scale, and not smaller than it has to be.
   * @param {number} scale
   */
  suits(scale) {
    const fitting = this.fitting();
    return scale <= fitting && scale >= Math.min(fitting, 1);
  }

  /**
   * Show a picture that nobody has moved over yet.
   * @param {boolean} smooth
   */
  begin(smooth) {
    this.moved = false;
    this.fit(false, smooth);
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

  /** The scale at which all is seen. */
  fitting() {
    const { room } = this;
    const spare = (/** @type {number} */ length) => Math.max(length - 2 * EDGE, 1);
    return Math.min(
      spare(room.width) / this.size.width,
      spare(room.height) / this.size.height,
      this.isFar ? LARGEST_FIT * FAR : LARGEST_FIT,
    );
  }

  /**
   * Show the picture as it is to be seen from afar, or from nearby.
   * @param {boolean} isFar
   */
  showFor(isFar) {
    if (this.isFar === isFar) return;
    this.isFar = isFar;
    this.moved = false;
    this.settle();
  }

  /**
   * Show all of it; where one could not read it then, begin at its start, unless somebody asks for all.
   * @param {boolean} all
   */
  fit(all, smooth = false) {
    const fitting = this.fitting();
    const near = this.isFar ? FAR : 1;
    this.center(all || fitting >= READABLE * near ? fitting : EASY * near, smooth);
  }

  /**
   * Show as much of it as this scale allows: in the middle where it fits, else where it starts.
   * @param {number} scale
   * @param {boolean} smooth
   */
  center(scale, smooth) {
    const { room } = this;
    const place = (/** @type {number} */ length, /** @type {number} */ size, /** @type {number} */ start) => {
      const spare = size - length / scale;
      return spare <= 0 ? spare / 2 : Math.min(Math.max(start * size - length / scale / 2, -EDGE), spare + EDGE);
    };
    const x = place(room.width, this.size.width, this.start.x);
    const y = place(room.height, this.size.height, this.start.y);
    this.go({ x, y, scale }, smooth);
  }

  measure() {
    this.room = { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  /** The host has another size. */
  settle() {
    this.measure();
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

  /** Return whether all of the picture is in view, or will be on arrival. */
  isWhole() {
    const { size, room } = this;
    const { x, y, scale } = this.target;
    const holds = (/** @type {number} */ from, /** @type {number} */ length, /** @type {number} */ whole) =>
      from <= 0 && from + length / scale >= whole;
    return holds(x, room.width, size.width) && holds(y, room.height, size.height);
  }

  /**
   * Bring elements into view; do nothing if they are there. Of several `choices` the first is taken that fits, else the
   * last one, as much of it as fits.
   * @param {Element[][]} choices
   * @param {boolean} [smooth]
   */
  reveal(choices, smooth = true) {
    this.wanted = choices;
    if (this.covered === 0 && this.isWhole()) return; // also while parts of it are still on their way to their places
    const { left, right, top, bottom } = this.host.getBoundingClientRect();
    const outer = { left, right, top, bottom: bottom - this.covered, width: right - left };
    const rooms = choices.filter(({ length }) => length > 0).map((elements) => this.arrived(roomOf(elements)));
    const fits = (/** @type {Room} */ room) =>
      room.right - room.left <= outer.width - 2 * MARGIN &&
      room.bottom - room.top <= outer.bottom - outer.top - 2 * MARGIN;
    const inner = rooms.find(fits) ?? rooms.at(-1);
    if (!inner || outer.width === 0) return;
    const dx = shiftInto(inner.left, inner.right, outer.left, outer.right);
    const dy = shiftInto(inner.top, inner.bottom, outer.top, outer.bottom);
    if (!dx && !dy) return;
    const { x, y, scale } = this.target;
    this.go({ x: x - dx / scale, y: y - dy / scale, scale }, smooth);
  }

  /**
   * Return what a room on screen is as soon as the camera has arrived.
   * @param {Room} room
   * @returns {Room}
   */
  arrived({ left, right, top, bottom }) {
    const { view, target } = this;
    const outer = this.host.getBoundingClientRect();
    const across = (/** @type {number} */ x) => ((x - outer.left) / view.scale + view.x - target.x) * target.scale;
    const down = (/** @type {number} */ y) => ((y - outer.top) / view.scale + view.y - target.y) * target.scale;
    return {
      left: outer.left + across(left),
      right: outer.left + across(right),
      top: outer.top + down(top),
      bottom: outer.top + down(bottom),
    };
  }

  /**
   * @param {{x: number, y: number, scale: number}} to
   * @param {boolean} smooth
   */
  go(to, smooth) {
    cancelAnimationFrame(this.frame);
    this.target = to;
    const from = { ...this.view };
    const put = (/** @type {number} */ part) => {
      const mix = (/** @type {"x" | "y" | "scale"} */ key) => from[key] + (to[key] - from[key]) * part;
      this.view = { x: mix("x"), y: mix("y"), scale: mix("scale") };
      const { x, y, scale } = this.view;
      if (this.svg) this.svg.style.transform = `translate(${-x * scale}px, ${-y * scale}px) scale(${scale})`;
      this.hint();
      this.host.dispatchEvent(new Event("camera"));
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

  /** Let the host say where the picture goes on. */
  hint() {
    const { x, y, scale } = this.view;
    const { size, room } = this;
    const sides = {
      left: x,
      right: size.width - x - room.width / scale,
      top: y,
      bottom: size.height - y - room.height / scale,
    };
    for (const [side, more] of Object.entries(sides)) this.host.classList.toggle(`more-${side}`, more * scale > MORE);
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
