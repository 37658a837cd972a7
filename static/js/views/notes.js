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
  let typed = false; // what an address gave in vain is told to who opens it, not to who has gone on
  store.subscribe((state, before) => {
    const { run } = state;
    if (state.initial !== before.initial) typed = false;
    else if (state.source !== before.source) typed = true;
    if (run === before.run) return;
    const told = run?.warnings.filter(({ kind }) => !typed || kind !== "input") ?? [];
    printed.hidden = !run?.printed;
    find(printed, "pre").textContent = run?.printed ?? "";
    warnings.hidden = told.length === 0;
    find(warnings, "ul").replaceChildren(...told.map(note));
  });
}

/** @param {import("../trace.js").Mistake} warning */
function note({ line, message }) {
  return make("li", {}, ...(line ? [make("strong", {}, `Line ${line}:`), " "] : []), message);
}
