// @ts-check
/** The current step in symbols, numbers and words; and the one line of the page that a screen reader hears. */

import { find } from "../dom.js";
import { fill } from "../markup.js";
import { cursorOf } from "../store.js";
import { stepAt } from "../trace.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#explanation");
  const status = find(page, "#status");
  store.subscribe((state, before) => {
    if (state.run === before.run && state.step === before.step && state.playing === before.playing) return;
    show(root, state);
    if (state.step !== before.step && !state.playing) status.textContent = spoken(state);
  });
  show(root, store.state);
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 */
function show(root, state) {
  const { run } = state;
  const at = cursorOf(state);
  const step = state.step === null ? null : stepAt(run, at);
  find(root, "h2").textContent = step ? `Step ${at}: ${step.phase}` : "This step";
  fill(find(root, ".formula"), step?.math ?? "");
  find(root, ".code").textContent = step?.text ?? "";
  find(root, ".sentence").textContent = step?.sentence ?? invitation(state);
  find(root, ".ledger").textContent = step?.ledger ?? "";
  root.scrollTop = 0;
}

/** @param {import("../store.js").State} state */
function invitation({ run, step }) {
  const count = run?.step_count ?? 0;
  if (count === 0) return run ? "There is nothing to differentiate." : "";
  const all = count === 1 ? "The one step is done" : `All ${count} steps are done`;
  if (step === null) return `${all}: every node shows its data and its gradient. Press → or Play to walk through.`;
  return "Nothing has been computed yet: only the leaves have their data. Press → for the first step.";
}

/** @param {import("../store.js").State} state */
function spoken(state) {
  const at = cursorOf(state);
  const step = stepAt(state.run, at);
  return step ? `Step ${at} of ${state.run?.step_count}. ${step.sentence}` : invitation(state);
}
