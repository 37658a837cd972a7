// @ts-check
/**
 * The score of predictions, as the address keeps it: `right.asked.streak`. Only what is right at the first try, and
 * without a hint, counts as right. Start at `counted`.
 *
 * @typedef {{right: number, asked: number, streak: number}} Score
 */

/** @type {Score} */
const NOTHING = { right: 0, asked: 0, streak: 0 };

/**
 * Return the score that a setting holds; none if it holds no score.
 * @param {string} text
 * @returns {Score}
 */
export function scoreOf(text) {
  const found = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})$/.exec(text);
  if (!found) return NOTHING;
  const [right, asked, streak] = found.slice(1).map(Number);
  return streak <= right && right <= asked ? { right, asked, streak } : NOTHING;
}

/**
 * Return the score after one more question, as a setting.
 * @param {string} text the score before
 * @param {boolean} isRight
 */
export function counted(text, isRight) {
  const { right, asked, streak } = scoreOf(text);
  return [right + Number(isRight), asked + 1, isRight ? streak + 1 : 0].join(".");
}

/**
 * Return a score in words.
 * @param {string} text
 */
export function scoreText(text) {
  const { right, asked, streak } = scoreOf(text);
  if (asked === 0) return "No score yet: what is right at the first try, without a hint, counts.";
  const row = streak > 1 ? `, ${streak} in a row` : "";
  return `Score: ${right} of ${asked} right at the first try${row}.`;
}
