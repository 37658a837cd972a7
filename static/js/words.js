// @ts-check
/** The field's words: which of them a step is an instance of, and the pattern of the gate that it passes. */

/** @type {Record<string, {slug: string, term: string}[]>} Slugs are those of the glossary. */
export const TERMS = {
  forward: words("forward pass", "computation graph", "topological sort"),
  sort: words("topological sort", "computation graph"),
  seed: words("seed gradient", "backward pass"),
  backward: words("local gradient", "upstream gradient", "chain rule", "accumulation"),
  update: words("gradient descent", "learning rate"),
};

/** @param {...string} terms */
function words(...terms) {
  return terms.map((term) => ({ term, slug: term.replaceAll(" ", "-") }));
}

/** @type {Record<string, string>} */
const PATTERNS = {
  add: "A + gate distributes: each operand gets the upstream gradient as it is.",
  mul: "A × gate swaps: each operand gets the upstream gradient times the other operand.",
  max: "A max gate routes: the larger operand gets all of the upstream gradient, the other one nothing; at a tie, half each.",
  min: "A min gate routes: the smaller operand gets all of the upstream gradient, the other one nothing; at a tie, half each.",
};

/**
 * Return what one says of a gate in general; nothing where there is no such word.
 * @param {string | null | undefined} op
 */
export function patternOf(op) {
  return (op && PATTERNS[op]) || "";
}
