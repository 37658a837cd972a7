// @ts-check
/**
 * What one takes away: turns the state into addresses, snippets and calls. Start at `takeaways`.
 *
 * @typedef {import("./store.js").State} State
 * @typedef {import("./address.js").Place} Place
 * @typedef {{label: string, text: string}} Takeaway
 * @typedef {{isLong: boolean, texts: Takeaway[], files: {label: string, address: string, name: string}[]}} Takeaways
 *   `isLong`: no address holds the program; `texts` then has no address either.
 */

import { fragmentOf, PLAIN_VIEW, queryOf } from "./address.js";
import { numberOf } from "./api.js";
import { directionOf } from "./store.js";

export const LONGEST = 16_000; // characters of an address
const FORMATS = ["svg", "png", "pdf", "dot", "json"];
const FRAME = 'width="720" height="420" loading="lazy" style="border:0"';

/**
 * Return the place as an address tells it: without inputs and fixed leaves that are no leaves of the program on screen.
 * @param {State} state
 * @returns {Place}
 */
export function placeIn({ source, inputs, step, direction, style, constants, open, fixed, run }) {
  const place = { source, inputs, step, direction, style, constants, open, fixed };
  if (!run || run.source !== source || (run.node_count ?? 0) > run.nodes.length) return place;
  const names = new Set(run.nodes.flatMap(({ name, adjustable }) => (adjustable && name !== null ? [name] : [])));
  const known = Object.assign(Object.create(null), inputs);
  for (const name of Object.keys(inputs)) if (!names.has(name)) delete known[name];
  return { ...place, inputs: known, fixed: fixed.filter((name) => names.has(name)) };
}

/**
 * Return what one can copy and download of the moment on screen.
 * @param {State} state
 * @param {string} origin of the service, without a path
 * @param {boolean} isMoment whether they show the current step, else the end
 * @returns {Takeaways}
 */
export function takeaways(state, origin, isMoment) {
  const place = { ...placeIn(state), ...(isMoment ? {} : { step: null }) };
  const query = queryOf(place);
  const call = { label: "API call", text: callOf(place, origin) };
  const drawn = queryOf({ ...place, direction: directionOf(state) === "TB" ? "TB" : null });
  if (drawn.length > LONGEST - 100) return { isLong: true, texts: [call], files: [] };
  const link = `${origin}/${query}${fragmentOf({ ...PLAIN_VIEW, stops: state.stops, grain: state.grain })}`;
  const texts = [
    { label: "Link", text: link },
    { label: "Markdown image", text: imageOf(nameOf(state), `${origin}/graph.svg${drawn}`, `${origin}/${query}`) },
    { label: "HTML frame", text: frameOf(nameOf(state), `${origin}/embed${query}`) },
    call,
  ];
  return { isLong: false, texts, files: FORMATS.map((format) => fileOf(format, drawn)) };
}

/** @param {State} state */
function nameOf({ run, source }) {
  const { name, shown } = run?.output ?? {};
  return shown ? `${name} ${shown.data[2]} ${shown.data[0]}` : source.trim().split("\n")[0].slice(0, 60);
}

/**
 * Return an image in Markdown that leads to the page. Round brackets would end an address there.
 * @param {string} name
 * @param {string} image
 * @param {string} page
 */
function imageOf(name, image, page) {
  const within = (/** @type {string} */ address) => address.replaceAll("(", "%28").replaceAll(")", "%29");
  return `[![${name.replace(/[\\[\]*_`<!]/g, "\\$&")}](${within(image)})](${within(page)})`;
}

/**
 * @param {string} name
 * @param {string} address
 */
function frameOf(name, address) {
  const written = (/** @type {string} */ text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${written(address)}" title="${written(name)}: gradwalk" ${FRAME}></iframe>`;
}

/**
 * Return a call of the API for a shell; a quote in the program closes the string, stands by itself, and opens it again.
 * @param {Place} place
 * @param {string} origin
 */
function callOf({ source, inputs, step, open, fixed }, origin) {
  const numbers = Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, numberOf(text)]));
  const request = {
    source,
    ...(Object.keys(numbers).length ? { inputs: numbers } : {}),
    ...(fixed.length ? { fixed } : {}),
    ...(open ? { open } : {}),
    ...(step === null ? {} : { step }),
  };
  const body = JSON.stringify(request).replaceAll("'", "'\\''");
  return `curl -s ${origin}/api/v1/run -H 'Content-Type: application/json' -d '${body}'`;
}

/**
 * @param {string} format
 * @param {string} query
 */
function fileOf(format, query) {
  return { label: format.toUpperCase(), address: `/graph.${format}${query}`, name: `graph.${format}` };
}
