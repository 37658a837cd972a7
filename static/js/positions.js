// @ts-check
/**
 * Places in a text: turns lines and columns as the server counts them, in code points, into UTF-16 offsets, and edits
 * by lines and columns into changes by offsets.
 *
 * @typedef {{line: number, column: number, end_line: number, end_column: number}} Span
 * @typedef {Span & {text: string}} Edit
 * @typedef {{from: number, to: number, insert: string}} Change
 */

/**
 * Return the offset in `line` of the code point number `column`, its length if it has not so many.
 * @param {string} line
 * @param {number} column
 */
export function offsetOf(line, column) {
  let offset = 0;
  for (const character of line) {
    if (column-- <= 0) break;
    offset += character.length;
  }
  return offset;
}

/**
 * Return a function that turns spans of `text` into offsets [from, to].
 * @param {string} text
 */
export function rangesIn(text) {
  const lines = text.split("\n");
  let sum = 0;
  const starts = lines.map((line) => {
    const start = sum;
    sum += line.length + 1;
    return start;
  });
  const at = (/** @type {number} */ line, /** @type {number} */ column) => {
    const index = Math.min(Math.max(line, 1), lines.length) - 1;
    return starts[index] + offsetOf(lines[index], column);
  };
  return (/** @type {Span} */ span) => {
    const from = at(span.line, span.column);
    return /** @type {[number, number]} */ ([from, Math.max(from, at(span.end_line, span.end_column))]);
  };
}

/**
 * Return the offsets [from, to] of a span within a text.
 * @param {string} text
 * @param {Span} span
 */
export function rangeOf(text, span) {
  return rangesIn(text)(span);
}

/**
 * Return `text` after edits, which all speak of the text before them.
 * @param {string} text
 * @param {Edit[]} edits
 */
export function edited(text, edits) {
  const range = rangesIn(text);
  const changes = edits.map((edit) => ({ range: range(edit), insert: edit.text }));
  changes.sort((one, other) => other.range[0] - one.range[0]);
  return changes.reduce((now, { range: [from, to], insert }) => now.slice(0, from) + insert + now.slice(to), text);
}

/**
 * Return the one change that makes `after` of `before`: what lies between their common beginning and end. It never
 * parts the two halves of a character.
 * @param {string} before
 * @param {string} after
 * @returns {Change}
 */
export function difference(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  if (isHigh(before, start - 1)) start -= 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  if (end > 0 && isHigh(before, before.length - end - 1)) end -= 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/**
 * @param {string} text
 * @param {number} index
 */
function isHigh(text, index) {
  const code = text.charCodeAt(index);
  return code >= 0xd800 && code < 0xdc00;
}
