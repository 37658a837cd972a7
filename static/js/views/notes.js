// @ts-check
/** What the program printed, and what its author would want to know. */

import { find, make } from "../dom.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const printed = find(page, "#printed");
  const warnings = find(page, "#warnings");
  store.subscribe(({ run }, before) => {
    if (run === before.run) return;
    printed.hidden = !run?.printed;
    find(printed, "pre").textContent = run?.printed ?? "";
    warnings.hidden = !run?.warnings.length;
    find(warnings, "ul").replaceChildren(...(run?.warnings ?? []).map(note));
  });
}

/** @param {import("../trace.js").Mistake} warning */
function note({ line, message }) {
  return make("li", {}, ...(line ? [make("strong", {}, `Line ${line}:`), " "] : []), message);
}
