// @ts-check
/**
 * What an editor offers: turns the text before the cursor into words that may come next. Start at `contextOf` and
 * `optionsOf`.
 *
 * @typedef {{name: string, of: string[], kind: string, about: string, op?: string, signature?: string}} Word
 * @typedef {{names: Word[], modules: Record<string, string>, signs: Record<string, string>}} Vocabulary
 * @typedef {{from: number, word: string, owner: string | null}} Context `owner`: what stands before the dot.
 * @typedef {{label: string, detail: string, type: string, boost: number, signature?: string}} Option
 * @typedef {{name: string, detail: string}} Variable
 */

const SHORTEST = 2; // letters, before somebody who types is offered anything: x, y and w are names of his own
const NAME = "[\\p{L}_][\\p{L}_\\d]*";
const BEHIND_DOT = new RegExp(`(?:(${NAME}(?:\\.${NAME})*)|[)\\]])\\.(${NAME})?$`, "u");
const BARE = new RegExp(`(?<![\\p{L}_\\d.])(${NAME})$`, "u");
const KINDS = new Map([
  ["operation", 2],
  ["function", 1],
  ["keyword", 0],
  ["constant", 0],
  ["module", -1],
  ["class", 1],
  ["setting", -9],
]);
/** Members of values that programs here live on. */
const FIRST = ["data", "grad", "backward", "relu", "tanh", "item", "sum", "mean", "zero_"];

/**
 * Return what is being written at the end of `line`; null where nothing can be offered: in texts, comments, numbers.
 * @param {string} line up to the cursor
 * @param {boolean} explicit whether somebody asked
 * @returns {Context | null}
 */
export function contextOf(line, explicit) {
  if (isInText(line)) return null;
  const member = BEHIND_DOT.exec(line);
  if (member) {
    const word = member[2] ?? "";
    return { from: line.length - word.length, word, owner: member[1] ?? "" };
  }
  const word = BARE.exec(line)?.[1] ?? "";
  if (word === "" && (!explicit || /[\d.]$/.test(line))) return null;
  if (!explicit && (word.length < SHORTEST || isNamed(line, word))) return null;
  return { from: line.length - word.length, word, owner: null };
}

/**
 * Return the words that can stand there. Nothing is offered if the word is there already and no other goes on with it.
 * @param {Context} context
 * @param {Vocabulary | null} vocabulary
 * @param {Variable[]} variables of the program
 * @returns {Option[]}
 */
export function optionsOf({ word, owner }, vocabulary, variables) {
  const own =
    owner === null ? variables.map(({ name, detail }) => ({ label: name, detail, type: "variable", boost: 9 })) : [];
  const known = new Set(own.map(({ label }) => label));
  const words = (vocabulary?.names ?? []).flatMap((each) =>
    known.has(each.name) ? [] : offered(each, owner, vocabulary),
  );
  const options = [...own, ...words];
  const begun = options.filter(({ label }) => label.startsWith(word));
  return begun.length === 1 && begun[0].label === word ? [] : options;
}

/**
 * Return the word of the vocabulary that a name means where it stands; null if it has none.
 * @param {Vocabulary} vocabulary
 * @param {string} name
 * @param {string | null} owner
 */
export function meaningOf(vocabulary, name, owner) {
  const places = owner === null ? [""] : placesOf(owner, vocabulary);
  const found = vocabulary.names.filter((word) => word.name === name);
  return places.map((place) => found.find(({ of }) => of.includes(place))).find(Boolean) ?? null;
}

/**
 * @param {Word} word
 * @param {string | null} owner
 * @param {Vocabulary | null} vocabulary
 * @returns {Option[]}
 */
function offered({ name, of, kind, about, signature }, owner, vocabulary) {
  const places = owner === null ? [""] : placesOf(owner, vocabulary);
  const place = places.findIndex((each) => of.includes(each));
  if (place < 0 || (owner !== null && name === "π")) return [];
  const boost = (KINDS.get(kind) ?? 0) - 3 * place + (owner === null ? 0 : usual(name));
  return [{ label: name, detail: about, type: kind, boost, signature }];
}

/** @param {string} name */
function usual(name) {
  return FIRST.includes(name) ? 20 - FIRST.indexOf(name) : 0;
}

/**
 * Return where the members of `owner` are listed, the likeliest place first.
 * @param {string} owner
 * @param {Vocabulary | null} vocabulary
 */
function placesOf(owner, vocabulary) {
  const [head, ...rest] = owner.split(".");
  const path = vocabulary?.modules[head];
  if (path !== undefined) {
    const module = [path, ...rest].join(".");
    if (vocabulary?.names.some(({ of }) => of.includes(module))) return [module];
  }
  if (/^opt|^sched/.test(head)) return ["optimizer", "value"];
  return ["value", "network", "optimizer", "list"];
}

/** @param {string} line */
function isInText(line) {
  const rest = line.replace(/(["'])(?:\\.|(?!\1).)*\1/g, "");
  return /["'#]/.test(rest);
}

/**
 * Return whether a new name is being given there: no word of the language is meant.
 * @param {string} line
 * @param {string} word
 */
function isNamed(line, word) {
  return /(^|[\s,(])(def|class|for|lambda|as)\s+$/.test(line.slice(0, line.length - word.length));
}
