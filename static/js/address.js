// @ts-check
/**
 * The address is the state. Its query tells the server what to run and to draw: source, inputs, step, options, open
 * groups; its fragment holds how one looks at it, which no server needs to know. Start at `queryOf` and `fragmentOf`.
 *
 * @typedef {{source: string, inputs: Record<string, string>, step: number | null, direction: "LR" | "TB" | null,
 *   style: "compact" | "micrograd", constants: "inline" | "nodes", open: string[] | null, fixed: string[]}} Place
 *   `open`: the keys of the groups that are open, `*` for all of them; null: as the server chooses; `fixed`: the names of
 *   leaves that get no gradient.
 * @typedef {"edge" | "node" | "phase"} Grain How far a step goes: one contribution, all of a node, a whole phase.
 * @typedef {"steps" | "algorithm" | "table"} Tab
 * @typedef {{grain: Grain, sorting: boolean, sort: number, stops: string[], look: string | null, labels: boolean,
 *   tab: Tab, spelling: "closures" | "partials", presenting: boolean, lab: string | null,
 *   settings: Record<string, string>}} View
 *   `sorting`: walks pass through the topological sort, of which `sort` events are done; `stops`: nodes at which a walk
 *   stops; `look`: the node whose card is open; `labels`: edges show their local derivatives; `lab`: the experiment that
 *   is open, and the `settings` of experiments.
 */

const RESERVED = new Set("source step pass direction style theme svg open first_node fixed constants".split(" "));

const NAMES = /(?:[^\s[]|\[[^\]]*\]?)+/g; // blanks inside of brackets belong to the name

const SETTING = "lab.";

/** @type {View} */
export const PLAIN_VIEW = {
  grain: "edge",
  sorting: false,
  sort: 0,
  stops: [],
  look: null,
  labels: false,
  tab: "steps",
  spelling: "closures",
  presenting: false,
  lab: null,
  settings: Object.create(null),
};

/**
 * Return the query of a place, beginning with `?`.
 * @param {Place} place
 */
export function queryOf({ source, inputs, step, direction, style, constants, open, fixed }) {
  const pairs = [["source", source]];
  for (const [name, text] of Object.entries(inputs)) pairs.push([parameterOf(name), text]);
  if (fixed.length) pairs.push(["fixed", fixed.join(" ")]);
  if (direction) pairs.push(["direction", direction]);
  if (style !== "compact") pairs.push(["style", style]);
  if (constants !== "inline") pairs.push(["constants", constants]);
  if (open) pairs.push(["open", open.join(" ")]);
  if (step !== null) pairs.push(["step", String(step)]);
  return `?${written(pairs)}`;
}

/**
 * Return the place that a query tells of, null if it has no program.
 * @param {string} query
 * @returns {Place | null}
 */
export function placeOf(query) {
  const given = new Map(new URLSearchParams(query));
  const source = given.get("source");
  if (source === undefined) return null;
  /** @type {Record<string, string>} */
  const inputs = Object.create(null);
  for (const [name, value] of given) if (!RESERVED.has(name)) inputs[name.replace(/^in\./, "")] = value;
  const step = given.get("step") ?? "";
  const direction = given.get("direction");
  return {
    source: source.replaceAll("\r\n", "\n"),
    inputs,
    step: /^\d{1,9}$/.test(step) ? Number(step) : null,
    direction: direction === "LR" || direction === "TB" ? direction : null,
    style: given.get("style") === "micrograd" ? "micrograd" : "compact",
    constants: given.get("constants") === "nodes" ? "nodes" : "inline",
    open: given.has("open") ? wordsOf(given.get("open")) : null,
    fixed: given.get("fixed")?.match(NAMES) ?? [],
  };
}

/**
 * Return the fragment of a view, beginning with `#`; nothing if all is as usual.
 * @param {View} view
 */
export function fragmentOf({ grain, sorting, sort, stops, look, labels, tab, spelling, presenting, ...rest }) {
  const { lab, settings } = rest;
  /** @type {string[][]} */
  const pairs = [];
  if (grain !== "edge") pairs.push(["by", grain]);
  if (sorting) pairs.push(["sort", String(sort)]);
  if (stops.length) pairs.push(["stops", stops.join(" ")]);
  if (look !== null) pairs.push(["node", look]);
  if (labels) pairs.push(["labels", "1"]);
  if (tab !== "steps") pairs.push(["tab", tab]);
  if (spelling !== "closures") pairs.push(["spelling", spelling]);
  if (presenting) pairs.push(["present", "1"]);
  if (lab !== null) pairs.push(["lab", lab]);
  if (lab !== null) pairs.push(...Object.entries(settings).map(([name, text]) => [`${SETTING}${name}`, text]));
  return pairs.length ? `#${written(pairs)}` : "";
}

/**
 * Return the view that a fragment tells of.
 * @param {string} fragment
 * @returns {View}
 */
export function viewOf(fragment) {
  const given = new Map(new URLSearchParams(fragment.replace(/^#/, "")));
  const sort = given.get("sort");
  return {
    grain: oneOf(/** @type {const} */ (["edge", "node", "phase"]), given.get("by")),
    sorting: sort !== undefined,
    sort: /^\d{1,6}$/.test(sort ?? "") ? Number(sort) : 0,
    stops: wordsOf(given.get("stops")),
    look: given.get("node") ?? null,
    labels: given.get("labels") === "1",
    tab: oneOf(/** @type {const} */ (["steps", "algorithm", "table"]), given.get("tab")),
    spelling: oneOf(/** @type {const} */ (["closures", "partials"]), given.get("spelling")),
    presenting: given.get("present") === "1",
    lab: given.get("lab") || null,
    settings: settingsOf(given),
  };
}

/** @param {Map<string, string>} given */
function settingsOf(given) {
  /** @type {Record<string, string>} */
  const settings = Object.create(null);
  for (const [name, text] of given) if (name.startsWith(SETTING)) settings[name.slice(SETTING.length)] = text;
  return settings;
}

/**
 * @template {string} T
 * @param {readonly [T, ...T[]]} choices
 * @param {string | undefined} given
 * @returns {T}
 */
function oneOf(choices, given) {
  return choices.find((choice) => choice === given) ?? choices[0];
}

/** @param {string | undefined} text */
function wordsOf(text) {
  return text?.split(/\s+/).filter(Boolean) ?? [];
}

/** @param {string[][]} pairs */
function written(pairs) {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}

/**
 * Return what an input is called in an address: its name, but for names that an address has a meaning for.
 * @param {string} name
 */
function parameterOf(name) {
  return RESERVED.has(name) || name.startsWith("in.") || name.includes("@") ? `in.${name}` : name;
}

/**
 * Percent-encode as little as is safe, so that one can read a program in its address.
 * @param {string} text
 */
function encode(text) {
  const escaped = encodeURIComponent(text.toWellFormed?.() ?? text);
  return escaped.replaceAll("%20", "+").replace(/%(2C|2F|3A|3D|40|5B|5D)/g, decodeURIComponent);
}
