// @ts-check
/**
 * The range of a slider: turns a number into round bounds around zero that hold it, with a round step; or two bounds that
 * somebody typed into a range with such a step. Start at `rangeFor` and `between`.
 */

/** @typedef {{reach: number, step: string}} Range From -reach to reach. */

/** @typedef {{low: number, high: number, step: string}} Bounds */

const USUAL = 10;
const STEPS = 100; // from zero to either end

/**
 * Return the range of a slider that shows `value`: the one it has, as long as that holds the value; else one in which
 * the value lies well inside. Tiny numbers get a small range, or one could not set them.
 * @param {number} value
 * @param {Range | null} range
 * @returns {Range}
 */
export function rangeFor(value, range) {
  const size = Math.abs(value);
  if (range && size <= range.reach) return range;
  if (size === 0 || (size >= USUAL / STEPS && size <= USUAL)) return { reach: USUAL, step: stepOf(1) };
  const place = Math.floor(Math.log10(size));
  const reach = [2, 5, 10, 20].find((each) => each * 10 ** place >= 1.5 * size) ?? 20;
  return { reach: Number(`${reach}e${place}`), step: stepText(reach, place) };
}

/**
 * Return the range between two bounds; null if they leave no room.
 * @param {number} low
 * @param {number} high
 * @returns {Bounds | null}
 */
export function between(low, high) {
  const width = high - low;
  if (!(width > 0 && width < Number.POSITIVE_INFINITY)) return null;
  return { low, high, step: stepOf(Math.floor(Math.log10(width))) };
}

/**
 * Return bounds as wide as these, or as wide as it takes to hold `value` too.
 * @param {Bounds} bounds
 * @param {number} value
 * @returns {Bounds}
 */
export function holding(bounds, value) {
  return between(Math.min(bounds.low, value), Math.max(bounds.high, value)) ?? bounds;
}

/** @param {number} exponent */
function stepOf(exponent) {
  return stepText(1, exponent);
}

/**
 * Return a hundredth of `reach` · 10^`place`, as a text without an exponent.
 * @param {number} reach
 * @param {number} place
 */
function stepText(reach, place) {
  const exponent = place - 2;
  const digits = String(reach);
  if (exponent >= 0) return digits + "0".repeat(exponent);
  const text = digits.padStart(1 - exponent, "0");
  return `${text.slice(0, exponent)}.${text.slice(exponent)}`.replace(/\.?0+$/, "");
}
