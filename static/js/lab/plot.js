// @ts-check
/**
 * A plot: turns arrays of numbers into an SVG that one reads in any theme, walks over with arrow keys, and takes along
 * as SVG or PNG; its numbers stand in a table behind it. Start at `createPlot`. Scales, lines and contours come from d3;
 * drawing is ours, so that colours follow the page, a screen reader has words, and no style is written into markup.
 *
 * @typedef {typeof import("../../../app/assets/plots.js")} Library
 * @typedef {number | string | null} Value A number, or "NaN", "Infinity", "-Infinity" as the server writes them.
 * @typedef {{label: string, log?: boolean, domain?: [number, number], ticks?: [number, string][],
 *   whole?: boolean}} Axis `domain`: of what is shown, if not all of it; `ticks`: instead of round numbers, for words;
 *   `whole`: there is nothing between whole numbers.
 * @typedef {object} Series
 * @property {string} name
 * @property {Value[]} x
 * @property {Value[]} y
 * @property {"line" | "points" | "both"} [kind]
 * @property {0 | 1 | 2 | 3} [look] tells series apart without colour: solid, dashed, dotted, dash-dotted
 * @property {boolean} [strong]
 * @property {(-1 | 0 | 1)[]} [signs] of the points: they wear the colours and shapes of signs
 * @property {boolean} [unlisted] it is not in the legend
 * @typedef {{axis: "x" | "y", at: number, label?: string}} Rule A line across the plot.
 * @typedef {{from: number, to: number, label: string}} Band A stretch of x, shaded.
 * @typedef {{x: number[], y: number[], values: Value[][], signed?: boolean}} Grid `values[j][i]` at x[i], y[j]; shown as
 *   contours; `signed`: below and above 0 in the colours of signs.
 * @typedef {object} Picture
 * @property {string} title
 * @property {string} summary what one sees, in a sentence
 * @property {Axis} x
 * @property {Axis} y
 * @property {Series[]} series
 * @property {Rule[]} [rules]
 * @property {Band[]} [bands]
 * @property {Grid} [grid]
 * @property {{count: number, at: number | null, x: (k: number) => number, y?: (k: number) => number,
 *   text: (k: number) => string, move?: (k: number) => void}} [cursor] A moment that keys and pointer move.
 * @property {import("./rows.js").Table} table
 * @property {number} [height]
 * @property {boolean} [square] one unit of x is as long as one of y
 */

import { make } from "../dom.js";
import { button } from "./form.js";
import { tableOf } from "./rows.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { top: 10, right: 14, bottom: 38, left: 10 };
const CHARACTER = 6.8; // px of one in a label of a tick
const LEVELS = 9; // of a grid
const FAR = 1e5; // px outside of a plot, beyond which nothing is drawn truly
const ROOM = 0.05; // of a domain, beside the data

/**
 * Return an empty plot, and what draws into it.
 * @param {import("./desk.js").Desk} desk
 */
export function createPlot(desk) {
  const frame = make("div", { class: "frame" });
  const legend = make("ul", { class: "legend", "aria-hidden": "true" });
  const readout = make("output", { class: "readout number" });
  const caption = make("h3");
  const numbers = make("details", {}, make("summary", {}, "Numbers"));
  const tools = make("div", { class: "tools" });
  const foot = make("div", { class: "foot" }, numbers, tools);
  const element = make("div", { class: "plot", role: "group" }, caption, legend, frame, readout, foot);
  /** @type {Picture | null} */
  let picture = null;
  /** @type {Library | null | undefined} */
  let library;
  /** @type {Drawn | null} */
  let drawn = null;
  const draw = () => {
    if (!picture || library === undefined) return;
    const width = Math.floor(frame.clientWidth);
    if (library && width > 80) {
      drawn = drawnOf(library, picture, width);
      const hadFocus = frame.contains(document.activeElement);
      frame.replaceChildren(drawn.svg);
      if (hadFocus) drawn.svg.focus({ preventScroll: true });
      listen(drawn, picture);
    } else if (!library) frame.replaceChildren(make("p", {}, "This installation has no plots; the numbers are below."));
    readout.textContent = picture.cursor?.at != null ? picture.cursor.text(picture.cursor.at) : "";
  };
  tools.append(
    button("SVG", () => drawn && save(drawn.svg, picture?.title ?? "plot", "svg"), { title: "save as SVG" }),
    button("PNG", () => drawn && save(drawn.svg, picture?.title ?? "plot", "png"), { title: "save as PNG" }),
  );
  const observer = new ResizeObserver(() => {
    if (drawn && Math.floor(frame.clientWidth) !== drawn.width) draw();
  });
  observer.observe(frame);
  desk.plots().then((found) => {
    library = found;
    numbers.open = found === null;
    draw();
  });
  return {
    element,
    /** @param {Picture} next */
    show(next) {
      picture = next;
      caption.textContent = next.title;
      element.setAttribute("aria-label", next.title);
      frame.style.minHeight = `${next.height ?? 200}px`;
      legend.replaceChildren(...keysOf(next).map(({ name, ...series }) => make("li", {}, swatch(series), name)));
      legend.hidden = legend.children.length < 2;
      numbers.replaceChildren(numbers.firstElementChild ?? "", tableOf(next.table));
      draw();
    },
    close: () => observer.disconnect(),
  };
}

/** @param {Picture} picture */
function keysOf({ series }) {
  return series.filter(({ unlisted }) => !unlisted);
}

// -- drawing ----------------------------------------------------------------------------------------------------------

/**
 * @typedef {(value: number) => number} Scale
 * @typedef {{svg: SVGSVGElement, width: number, height: number, x: Scale, y: Scale}} Drawn
 */

/**
 * @param {Library} library
 * @param {Picture} picture
 * @param {number} width
 * @returns {Drawn}
 */
function drawnOf(library, picture, width) {
  const height = heightOf(picture, width);
  const yDomain = domainOf(picture, "y");
  const xDomain = domainOf(picture, "x");
  const yRange = /** @type {[number, number]} */ ([height - MARGIN.bottom, MARGIN.top]);
  const y = scaleOf(library, picture.y, yDomain, yRange);
  const yTicks = ticksOf(picture.y, y, (height - MARGIN.top - MARGIN.bottom) / 36);
  const left = MARGIN.left + 18 + Math.max(...yTicks.map(([, text]) => text.length), 1) * CHARACTER;
  const x = scaleOf(library, picture.x, xDomain, [left, width - MARGIN.right]);
  const xTicks = ticksOf(picture.x, x, (width - left) / 72);
  const svg = shape("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width: String(width),
    height: String(height),
    role: "img",
    "aria-label": `${picture.title}. ${picture.summary}`,
    tabindex: "0",
  });
  const area = { left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const inner = shape("svg", {
    x: String(left),
    y: String(area.top),
    width: String(Math.max(area.right - left, 1)),
    height: String(area.bottom - area.top),
    viewBox: `${left} ${area.top} ${Math.max(area.right - left, 1)} ${area.bottom - area.top}`,
    class: "inner",
  });
  svg.append(...axes(picture, area, xTicks, yTicks, x, y), inner);
  const [across, up] = [within(x), within(y)];
  for (const band of picture.bands ?? []) inner.append(...bandOf(band, area, across));
  if (picture.grid) inner.append(...contoursOf(library, picture.grid, across, up));
  for (const rule of picture.rules ?? []) inner.append(...ruleOf(rule, area, across, up));
  for (const series of picture.series) inner.append(...linesOf(library, series, across, up));
  const { cursor } = picture;
  if (cursor && cursor.at !== null)
    inner.append(...cursorOf(cursor.x(cursor.at), cursor.y?.(cursor.at), area, across, up));
  return { svg, width, height, x: across, y: up };
}

/**
 * Return a scale whose places an SVG can hold; there is none for a number that is not finite.
 * @param {Scale} scale
 * @returns {Scale}
 */
export function within(scale) {
  return (value) => (Number.isFinite(value) ? Math.min(Math.max(scale(value), -FAR), FAR) : Number.NaN);
}

/**
 * @param {Picture} picture
 * @param {number} width
 */
function heightOf(picture, width) {
  if (!picture.square) return picture.height ?? 200;
  return Math.min(width * 0.8, picture.height ?? 320);
}

/**
 * Return the stretch of an axis that is shown.
 * @param {Picture} picture
 * @param {"x" | "y"} axis
 * @returns {[number, number]}
 */
function domainOf(picture, axis) {
  const { domain, log } = picture[axis];
  if (domain) return domain;
  const across = (picture.rules ?? []).filter((rule) => rule.axis === axis && rule.label).map(({ at }) => at);
  const all = [...picture.series.flatMap((series) => series[axis]), ...(picture.grid?.[axis] ?? []), ...across];
  const values = all.filter((value) => isDrawable(value, log));
  let [low, high] = values.reduce(
    ([least, most], value) => [Math.min(least, Number(value)), Math.max(most, Number(value))],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  if (low > high) [low, high] = log ? [0.1, 10] : [-1, 1];
  if (low === high)
    [low, high] = log ? [low / 10, high * 10] : [low - (Math.abs(low) || 1), high + (Math.abs(high) || 1)];
  if (log) return [low / 2.2, high * 2.2];
  const room = picture.grid ? 0 : (high - low) * ROOM;
  return [low - room, high + room];
}

/**
 * @param {Value} value
 * @param {boolean} [log]
 */
function isDrawable(value, log = false) {
  return typeof value === "number" && Number.isFinite(value) && (!log || value > 0);
}

/**
 * @param {Library} library
 * @param {Axis} axis
 * @param {[number, number]} domain
 * @param {[number, number]} range
 */
function scaleOf(library, { log }, domain, range) {
  return (log ? library.scaleLog() : library.scaleLinear()).domain(domain).range(range);
}

/**
 * @param {Axis} axis
 * @param {any} scale
 * @param {number} most
 * @returns {[number, string][]}
 */
function ticksOf({ log, ticks, whole = false }, scale, most) {
  if (ticks) return ticks;
  const count = Math.max(2, Math.floor(most));
  if (!log) {
    const format = scale.tickFormat(count);
    const values = scale.ticks(count).filter((/** @type {number} */ value) => !whole || Number.isInteger(value));
    return values.map((/** @type {number} */ value) => [value, whole ? String(value) : plain(format(value), value)]);
  }
  const [low, high] = scale.domain().map(Math.log10);
  const stride = Math.max(1, Math.ceil((high - low) / count));
  const powers = [];
  for (let k = Math.ceil(low / stride) * stride; k <= high; k += stride) powers.push(k);
  return powers.map((k) => [10 ** k, powerText(k)]);
}

/**
 * @param {string} text
 * @param {number} value
 */
function plain(text, value) {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e5 || size < 1e-3)
    ? value.toExponential(1).replace("e+", "e").replaceAll("-", "−")
    : text;
}

/** @param {number} power */
function powerText(power) {
  if (power >= -2 && power <= 4) return String(Number(`1e${power}`));
  return `1e${power}`.replace("-", "−");
}

/**
 * @param {Picture} picture
 * @param {{left: number, right: number, top: number, bottom: number}} area
 * @param {[number, string][]} xTicks
 * @param {[number, string][]} yTicks
 * @param {Scale} x
 * @param {Scale} y
 */
function axes(picture, { left, right, top, bottom }, xTicks, yTicks, x, y) {
  const parts = [];
  for (const [value, text] of xTicks) {
    const at = round(x(value));
    parts.push(shape("path", { class: "grid", d: `M${at} ${top}V${bottom}` }));
    parts.push(label(text, { x: at, y: bottom + 15, "text-anchor": "middle" }));
  }
  for (const [value, text] of yTicks) {
    const at = round(y(value));
    parts.push(shape("path", { class: "grid", d: `M${left} ${at}H${right}` }));
    parts.push(label(text, { x: left - 6, y: at + 4, "text-anchor": "end" }));
  }
  parts.push(shape("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }));
  const middle = round((top + bottom) / 2);
  parts.push(
    label(picture.x.label, { x: round((left + right) / 2), y: bottom + 32, "text-anchor": "middle", class: "name" }),
  );
  parts.push(
    label(picture.y.label, {
      transform: `translate(13 ${middle}) rotate(-90)`,
      "text-anchor": "middle",
      class: "name",
    }),
  );
  return parts;
}

/**
 * @param {Library} library
 * @param {Series} series
 * @param {Scale} x
 * @param {Scale} y
 */
function linesOf(library, series, x, y) {
  const { kind = "line", look = 0, strong = false, signs } = series;
  const points = series.x.map((value, k) => /** @type {const} */ ([x(Number(value)), y(Number(series.y[k]))]));
  const isThere = (/** @type {readonly [number, number]} */ [left, top]) =>
    Number.isFinite(left) && Number.isFinite(top);
  const parts = [];
  if (kind !== "points") {
    const d =
      library.line().defined((point) => isThere(point))(/** @type {[number, number][]} */ (points.slice())) ?? "";
    parts.push(shape("path", { class: `line look-${look}${strong ? " strong" : ""}`, d: rounded(d) }));
  }
  if (kind !== "line") {
    points.forEach((point, k) => {
      if (isThere(point)) parts.push(markOf(point, look, signs?.[k]));
    });
  }
  return parts;
}

/**
 * @param {readonly [number, number]} point
 * @param {number} look
 * @param {-1 | 0 | 1} [sign]
 */
function markOf([left, top], look, sign) {
  const at = `translate(${round(left)} ${round(top)})`;
  if (sign === 1) return shape("path", { class: "mark positive", transform: at, d: "M0 -4.5 4.5 3.5H-4.5z" });
  if (sign === -1) return shape("path", { class: "mark negative", transform: at, d: "M0 4.500 4.500 -3.500H-4.500z" });
  return shape("circle", { class: `mark look-${look}`, cx: String(round(left)), cy: String(round(top)), r: "3.2" });
}

/**
 * @param {Rule} rule
 * @param {{left: number, right: number, top: number, bottom: number}} area
 * @param {Scale} x
 * @param {Scale} y
 */
function ruleOf({ axis, at, label: text }, { left, right, top, bottom }, x, y) {
  const place = round(axis === "x" ? x(at) : y(at));
  if (!Number.isFinite(place)) return [];
  const d = axis === "x" ? `M${place} ${top}V${bottom}` : `M${left} ${place}H${right}`;
  const line = shape("path", { class: "rule", d });
  if (!text) return [line];
  const isRight = place > (left + right) / 2;
  const where =
    axis === "x"
      ? { x: place + (isRight ? -4 : 4), y: top + 11, "text-anchor": isRight ? "end" : "start" }
      : { x: right - 4, y: place - 4, "text-anchor": "end" };
  return [line, label(text, where)];
}

/**
 * @param {Band} band
 * @param {{top: number, bottom: number}} area
 * @param {Scale} x
 */
function bandOf({ from, to, label: text }, { top, bottom }, x) {
  const [left, right] = [x(from), x(to)].map(round);
  const rect = shape("rect", {
    class: "band",
    x: String(Math.min(left, right)),
    y: String(top),
    width: String(Math.abs(right - left)),
    height: String(bottom - top),
  });
  const isRoomy = Math.abs(right - left) > text.length * CHARACTER;
  return isRoomy ? [rect, label(text, { x: (left + right) / 2, y: bottom - 6, "text-anchor": "middle" })] : [rect];
}

/**
 * @param {number} left
 * @param {number | undefined} height
 * @param {{top: number, bottom: number}} area
 * @param {Scale} x
 * @param {Scale} y
 */
function cursorOf(left, height, { top, bottom }, x, y) {
  const at = round(x(left));
  if (!Number.isFinite(at)) return [];
  const parts = [shape("path", { class: "cursor", d: `M${at} ${top}V${bottom}` })];
  if (height !== undefined && Number.isFinite(y(height)))
    parts.push(shape("circle", { class: "cursor", cx: String(at), cy: String(round(y(height))), r: "5" }));
  return parts;
}

/**
 * Return the levels of a grid as filled contours.
 * @param {Library} library
 * @param {Grid} grid
 * @param {Scale} x
 * @param {Scale} y
 */
function contoursOf(library, { x: xs, y: ys, values, signed }, x, y) {
  const finite = values
    .flat()
    .filter((value) => isDrawable(value))
    .map(Number)
    .sort((one, other) => one - other);
  if (finite.length === 0) return [];
  const worst = finite[finite.length - 1];
  const flat = values.flat().map((value) => (isDrawable(value) ? Number(value) : worst));
  const levels = signed ? [0] : quantiles(finite, LEVELS);
  const place = (/** @type {number[]} */ [i, j]) =>
    `${round(x(between(xs, i - 0.5)))} ${round(y(between(ys, j - 0.5)))}`;
  const rings = (/** @type {number[][][][]} */ polygons) =>
    polygons.flatMap((polygon) => polygon.map((ring) => `M${ring.map(place).join("L")}Z`)).join("");
  const made = library.contours().size([xs.length, ys.length]).thresholds(levels)(flat);
  const parts = made.map(({ coordinates }, k) =>
    shape("path", { class: signed ? "side positive" : "level", "data-level": String(k), d: rings(coordinates) }),
  );
  if (!signed) return parts;
  const whole = [xs[0], xs[xs.length - 1], ys[0], ys[ys.length - 1]];
  const [left, right, low, high] = [x(whole[0]), x(whole[1]), y(whole[2]), y(whole[3])];
  const under = shape("rect", {
    class: "side negative",
    x: String(Math.min(left, right)),
    y: String(Math.min(low, high)),
    width: String(Math.abs(right - left)),
    height: String(Math.abs(high - low)),
  });
  return [under, ...parts];
}

/**
 * @param {number[]} sorted
 * @param {number} count
 */
function quantiles(sorted, count) {
  const found = Array.from({ length: count }, (_, k) => sorted[Math.floor((k * (sorted.length - 1)) / count)]);
  return [...new Set(found)];
}

/**
 * Return the number at a place between two of a list.
 * @param {number[]} list
 * @param {number} at
 */
function between(list, at) {
  const low = Math.min(Math.max(Math.floor(at), 0), list.length - 1);
  const high = Math.min(low + 1, list.length - 1);
  return list[low] + (list[high] - list[low]) * Math.min(Math.max(at - low, 0), 1);
}

// -- elements ---------------------------------------------------------------------------------------------------------

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} attributes
 * @returns {SVGElementTagNameMap[K]}
 */
function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} attributes
 */
function label(text, attributes) {
  const pairs = Object.entries(attributes).map(([name, value]) => [name, String(value)]);
  const made = shape("text", { "aria-hidden": "true", ...Object.fromEntries(pairs) });
  made.textContent = text;
  return made;
}

/** @param {Omit<Series, "name">} series */
function swatch({ kind = "line", look = 0, strong = false }) {
  const svg = shape("svg", { viewBox: "0 0 28 10", class: "swatch" });
  if (kind !== "points")
    svg.append(shape("path", { class: `line look-${look}${strong ? " strong" : ""}`, d: "M1 5H27" }));
  if (kind !== "line") svg.append(markOf([14, 5], look));
  return svg;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} d */
function rounded(d) {
  return d.replace(/-?\d+\.\d+/g, (number) => String(round(Number(number))));
}

// -- the cursor -------------------------------------------------------------------------------------------------------

/**
 * Let keys and pointer move the cursor.
 * @param {Drawn} drawn
 * @param {Picture} picture
 */
function listen({ svg, width, x, y }, { cursor }) {
  if (!cursor?.move) return;
  const { count, at, move } = cursor;
  svg.classList.add("movable");
  svg.setAttribute("role", "slider");
  svg.setAttribute("aria-valuemin", "0");
  svg.setAttribute("aria-valuemax", String(count - 1));
  svg.setAttribute("aria-valuenow", String(at ?? 0));
  svg.setAttribute("aria-valuetext", cursor.text(at ?? 0));
  svg.addEventListener("keydown", (event) => {
    const now = at ?? 0;
    const large = Math.max(1, Math.round(count / 10));
    const to = {
      ArrowRight: now + 1,
      ArrowLeft: now - 1,
      ArrowUp: now + 1,
      ArrowDown: now - 1,
      PageUp: now + large,
      PageDown: now - large,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(Math.min(Math.max(to, 0), count - 1));
  });
  const seek = (/** @type {PointerEvent} */ event) => {
    const box = svg.getBoundingClientRect();
    const scale = width / box.width;
    const [left, top] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const away = Math.hypot(x(cursor.x(k)) - left, cursor.y ? y(cursor.y(k)) - top : 0);
      if (away < least) [best, least] = [k, away];
    }
    move(best);
  };
  svg.addEventListener("pointerdown", seek);
  svg.addEventListener("pointermove", (event) => {
    if (event.buttons === 1) seek(event);
  });
}

// -- taking it along --------------------------------------------------------------------------------------------------

const WORN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "font-family",
  "font-size", "font-weight", "opacity"]; // biome-ignore format: a list

/**
 * Save a drawing as it looks now.
 * @param {SVGSVGElement} svg
 * @param {string} title
 * @param {"svg" | "png"} form
 */
async function save(svg, title, form) {
  const name = `${
    title
      .replace(/[^\w]+/g, "-")
      .replace(/^-|-$/g, "")
      .toLowerCase() || "plot"
  }.${form}`;
  const text = standalone(svg);
  const blob = form === "svg" ? new Blob([text], { type: "image/svg+xml" }) : await raster(text, svg);
  if (!blob) return;
  const link = make("a", { download: name });
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Return a drawing as a file of its own, with the colours that it wears now.
 * @param {SVGSVGElement} svg
 */
export function standalone(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const originals = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, k) => {
    const style = getComputedStyle(originals[k]);
    for (const name of WORN) element.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "tabindex", "role"]) element.removeAttribute(name);
  });
  copy.setAttribute("xmlns", SVG);
  const ground = shape("rect", { width: "100%", height: "100%", fill: getComputedStyle(svg).backgroundColor });
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

/**
 * @param {string} text
 * @param {SVGSVGElement} svg
 * @returns {Promise<Blob | null>}
 */
async function raster(text, svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas");
  [canvas.width, canvas.height] = [svg.width.baseVal.value * 2, svg.height.baseVal.value * 2];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
