// @ts-check
/**
 * Numbers as somebody writes them: turns the text of a decimal into that of another one, digit by digit, so that no
 * digit comes from a double. Start at `readingOf`, `plus` and `nudged`.
 */

import { numberOf } from "./api.js";

const DECIMAL = /^([+-]?)(\d+\.?\d*|\.\d+)(?:e([+-]?\d{1,3}))?$/i;

/** @typedef {{digits: bigint, places: number}} Decimal `digits` over 10 to the power of `places`. */

/**
 * Return a typed number as the address and the program write it, or what is wrong with it. A comma between digits is
 * that of a decimal.
 * @param {string} text
 * @returns {{number: string, mistake: null} | {number: null, mistake: string}}
 */
export function readingOf(text) {
  const plain = text
    .trim()
    .replace("\u2212", "-")
    .replace(/^([+-]?\d+),(\d+(?:e[+-]?\d+)?)$/i, "$1.$2");
  if (numberOf(plain) !== null) return { number: plain, mistake: null };
  const isLarge = /^([+-]?)(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.exec(plain);
  if (!isLarge) return { number: null, mistake: "a number, please: 0.5" };
  return { number: null, mistake: `too large for a double; write ${isLarge[1] === "-" ? "-inf" : "inf"}` };
}

/**
 * Return `text` + `times` · `step`, with as many places as the two have; null if one of them is no decimal.
 * @param {string} text
 * @param {string} step
 * @param {number} [times]
 */
export function plus(text, step, times = 1) {
  const [one, other] = [decimalOf(text), decimalOf(step)];
  if (!one || !other) return null;
  const places = Math.max(one.places, other.places, isWhole(text) ? 0 : 1);
  return written({ digits: grown(one, places) + BigInt(times) * grown(other, places), places });
}

/**
 * Return `text` with its last written digit raised by `times`: 2.0 becomes 2.1, and 3 becomes 4; null if it is no decimal.
 * @param {string} text
 * @param {number} times
 * @returns {string | null}
 */
export function nudged(text, times) {
  const number = decimalOf(text);
  if (!number) return null;
  const [mantissa, exponent] = text.toLowerCase().split("e");
  if (exponent === undefined) return plus(text, written({ digits: 1n, places: number.places }), times);
  const next = nudged(mantissa, times);
  return next === null ? null : `${next}e${exponent}`;
}

/**
 * Return where the number stands in `line` that the offset touches, with a minus that belongs to it; null if none does.
 * @param {string} line
 * @param {number} offset
 */
export function numberAt(line, offset) {
  const strings = /(["']).*?\1|#.*/g;
  for (const { 0: text, index } of line.matchAll(strings)) {
    if (index < offset && offset <= index + text.length) return null;
  }
  const numbers = /(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])/gi;
  for (const { 0: text, index } of line.matchAll(numbers)) {
    if (index > offset || offset > index + text.length) continue;
    const sign = /(?:^|[=(,[*/+\-:<>]|\breturn)\s*(-)$/.exec(line.slice(0, index));
    return { from: sign ? index - 1 : index, to: index + text.length };
  }
  return null;
}

/**
 * @param {string} text
 * @returns {Decimal | null}
 */
function decimalOf(text) {
  const found = DECIMAL.exec(text.trim().replace("\u2212", "-"));
  if (!found) return null;
  const [, sign, mantissa, exponent = "0"] = found;
  const [whole, part = ""] = mantissa.split(".");
  const digits = BigInt(sign + whole + part || "0");
  const places = part.length - Number(exponent);
  return places < 0 ? { digits: digits * 10n ** BigInt(-places), places: 0 } : { digits, places };
}

/** @param {string} text */
function isWhole(text) {
  return /^[^.e]*$/i.test(text);
}

/**
 * @param {Decimal} number
 * @param {number} places at least its own
 */
function grown({ digits, places: own }, places) {
  return digits * 10n ** BigInt(places - own);
}

/** @param {Decimal} number */
function written({ digits, places }) {
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
  const whole = text.slice(0, text.length - places);
  return places ? `${sign}${whole}.${text.slice(-places)}` : sign + whole;
}
