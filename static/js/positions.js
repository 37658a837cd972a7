// @ts-check
/** Places in a text: turns lines and columns as the server counts them, in code points, into UTF-16 offsets. */

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
 * Return the offsets [from, to] of a span within a text.
 * @param {string} text
 * @param {{line: number, column: number, end_line: number, end_column: number}} span
 * @returns {[number, number]}
 */
export function rangeOf(text, span) {
  const lines = text.split("\n");
  const at = (/** @type {number} */ line, /** @type {number} */ column) => {
    const index = Math.min(Math.max(line, 1), lines.length) - 1;
    const start = lines.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
    return start + offsetOf(lines[index], column);
  };
  const from = at(span.line, span.column);
  return [from, Math.max(from, at(span.end_line, span.end_column))];
}
