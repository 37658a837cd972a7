// @ts-check
/** The current step in symbols, numbers and words; and the one line of the page that a screen reader hears. */

import { counted, find } from "../dom.js";
import { fill } from "../markup.js";
import { cursorOf, entryOf } from "../store.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#explanation");
  const status = find(page, "#status");
  const opener = find(root, "[data-open]");
  opener.addEventListener("click", () => {
    const entry = entryOf(store.state);
    if (entry?.group) store.dispatch({ type: "fold", key: entry.group, open: true, from: entry.first });
  });
  root.addEventListener("scroll", () => root.toggleAttribute("data-scrolled", root.scrollTop > 0)); // asking costs layout
  let silent = true;
  store.subscribe((state, before) => {
    if (SHOWN.every((key) => state[key] === before[key])) return;
    const entry = state.step === null ? null : entryOf(state);
    show(root, state, entry);
    if (state.step !== before.step) silent = false;
    if (silent || state.playing || isMute(entry)) return;
    status.textContent = spoken(state, entry);
    silent = true;
  });
  show(root, store.state, store.state.step === null ? null : entryOf(store.state));
}

/** @type {(keyof import("../store.js").State)[]} */
const SHOWN = ["run", "step", "playing", "texts"];

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 * @param {import("../trace.js").Step | null} step
 */
function show(root, state, step) {
  const { run } = state;
  find(root, "h2").textContent = step ? `${nameOf(state, step)}: ${step.phase}` : "This step";
  fill(find(root, ".formula"), step?.math ?? "");
  find(root, ".code").textContent = step?.text ?? "";
  find(root, ".sentence").textContent = step ? (step.sentence ?? "…") : invitation(state);
  find(root, ".ledger").textContent = step?.ledger ?? "";
  const group = step?.group && run?.groups?.find(({ key }) => key === step.group);
  find(root, ".inside").hidden = !group;
  find(root, "[data-open]").textContent = group ? `Open ${group.title}` : "";
  if (root.dataset.scrolled !== undefined) root.scrollTop = 0;
}

/**
 * Return what the entry that leads here is called: a step, or the steps inside a folded group.
 * @param {import("../store.js").State} state
 * @param {import("../trace.js").Step} step
 */
function nameOf(state, { group, first = 0, last = 0 }) {
  return group && last - first > 1
    ? `Steps ${counted(first + 1)} to ${counted(last)}`
    : `Step ${counted(cursorOf(state))}`;
}

/**
 * Return whether there is nothing to be said yet: the text of a brief entry is on its way.
 * @param {import("../trace.js").Step | null} step
 */
function isMute(step) {
  return step !== null && step.sentence === undefined;
}

/** @param {import("../store.js").State} state */
function invitation({ run, step }) {
  const count = run?.step_count ?? 0;
  if (count === 0) return run ? "There is nothing to differentiate." : "";
  const all = count === 1 ? "The one step is done" : `All ${counted(count)} steps are done`;
  if (step === null) return `${all}: every node shows its data and its gradient. Press → or Play to walk through.`;
  return "Nothing has been computed yet: only the leaves have their data. Press → for the first step.";
}

/**
 * @param {import("../store.js").State} state
 * @param {import("../trace.js").Step | null} step
 */
function spoken(state, step) {
  if (!step) return invitation(state);
  return `${nameOf(state, step)} of ${counted(state.run?.step_count ?? 0)}. ${step.sentence}`;
}
