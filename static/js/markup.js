// @ts-check
/** The one door for markup: SVG and MathML that our own server wrote become elements. */

/** @type {{createPolicy: (name: string, rules: object) => {createHTML: (text: string) => any}} | undefined} */
const trusted = /** @type {any} */ (globalThis).trustedTypes;
const policy = trusted?.createPolicy("gradwalk", { createHTML: (/** @type {string} */ text) => text });

/**
 * Replace what is in `element` by `markup`, which the server escaped.
 * @param {Element} element
 * @param {string} markup
 */
export function fill(element, markup) {
  element.innerHTML = policy ? policy.createHTML(markup) : markup;
}
