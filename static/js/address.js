// @ts-check
/**
 * The address is the state: turns source, inputs, step, options and open groups into a query, and back.
 *
 * @typedef {{source: string, inputs: Record<string, string>, step: number | null, direction: "LR" | "TB" | null,
 *   style: "compact" | "micrograd", open: string[] | null}} Place
 *   `open`: the keys of the groups that are open, `*` for all of them; null: as the server chooses.
 */

const RESERVED = new Set(["source", "step", "direction", "style", "theme", "svg", "open"]);

/**
 * Return the query of a place, beginning with `?`.
 * @param {Place} place
 */
export function queryOf({ source, inputs, step, direction, style, open }) {
  const pairs = [["source", source]];
  for (const [name, text] of Object.entries(inputs)) pairs.push([parameterOf(name), text]);
  if (direction) pairs.push(["direction", direction]);
  if (style !== "compact") pairs.push(["style", style]);
  if (open) pairs.push(["open", open.join(" ")]);
  if (step !== null) pairs.push(["step", String(step)]);
  return `?${pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")}`;
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
    open: given.get("open")?.split(/\s+/).filter(Boolean) ?? null,
  };
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
