// @ts-check
/**
 * Programs that somebody typed, kept by the browser: reads and merges their list. Start at `keep`.
 *
 * @typedef {{id: string, source: string, inputs: Record<string, string>, fixed: string[], when: number}} Draft
 *   `when` it was typed last, in ms.
 * @typedef {Pick<Storage, "getItem" | "setItem">} Shelf May be forbidden or full: then it keeps nothing, and says nothing.
 */

const KEY = "drafts";
const MOST = 30;

/**
 * Return all drafts, the newest one first.
 * @param {Shelf | null} shelf
 * @returns {Draft[]}
 */
export function read(shelf) {
  try {
    const list = JSON.parse(shelf?.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter(isDraft).map(plain) : [];
  } catch {
    return [];
  }
}

/**
 * Put a draft into the list, in place of the one with its id. Others may have been written by other tabs: they stay.
 * @param {Shelf | null} shelf
 * @param {Draft[]} drafts
 */
export function keep(shelf, ...drafts) {
  const ids = new Set(drafts.map(({ id }) => id));
  const others = read(shelf).filter(({ id }) => !ids.has(id));
  write(shelf, [...drafts, ...others].sort((a, b) => b.when - a.when).slice(0, MOST));
}

/**
 * Take drafts off the list.
 * @param {Shelf | null} shelf
 * @param {string[]} ids
 */
export function drop(shelf, ids) {
  write(
    shelf,
    read(shelf).filter(({ id }) => !ids.includes(id)),
  );
}

/**
 * Return what a draft is called: its first line that says something, and its last one.
 * @param {string} source
 */
export function titleOf(source) {
  const lines = source.split("\n").flatMap((line) => line.trim() || []);
  if (lines.length < 2) return cut(lines[0] ?? "", 80);
  return `${cut(lines[0], 32)}${lines.length > 2 ? " … " : " ; "}${cut(lines[lines.length - 1], 44)}`;
}

/**
 * @param {string} text
 * @param {number} most characters
 */
function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}

/**
 * Return a draft under which a program is kept on: of its own `id`, unless another tab has written there since.
 * @param {Draft[]} list
 * @param {{id: string, when: number} | null} mine
 * @param {string} fresh an id that nobody has
 */
export function idFor(list, mine, fresh) {
  const there = list.find(({ id }) => id === mine?.id);
  return mine && (!there || there.when <= mine.when) ? mine.id : fresh;
}

/**
 * @param {Shelf | null} shelf
 * @param {Draft[]} list
 */
function write(shelf, list) {
  try {
    shelf?.setItem(KEY, JSON.stringify(list));
  } catch {
    // full or forbidden
  }
}

/**
 * @param {unknown} value
 * @returns {value is Draft}
 */
function isDraft(value) {
  const { id, source, inputs, fixed, when } = /** @type {Partial<Draft>} */ (value ?? {});
  const isText = typeof id === "string" && typeof source === "string" && typeof when === "number";
  return isText && typeof inputs === "object" && inputs !== null && Array.isArray(fixed);
}

/**
 * @param {Draft} draft
 * @returns {Draft}
 */
function plain({ id, source, inputs, fixed, when }) {
  const texts = Object.entries(inputs).filter(([, text]) => typeof text === "string");
  return {
    id,
    source,
    inputs: Object.fromEntries(texts),
    fixed: fixed.filter((name) => typeof name === "string"),
    when,
  };
}
