// @ts-check
/** The stepper: first, back, play or pause, forward, last, a scrubber with the phases beneath it, speed. */

import { find, make } from "../dom.js";
import { cursorOf } from "../store.js";
import { phasesOf } from "../trace.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#stepper");
  const scrubber = /** @type {HTMLInputElement} */ (find(root, "#scrubber"));
  const speed = /** @type {HTMLSelectElement} */ (find(root, "#speed"));
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-go]") : null;
    if (!(button instanceof HTMLElement)) return;
    event.preventDefault();
    const go = /** @type {"first" | "back" | "play" | "next" | "last"} */ (button.dataset.go);
    if (button.getAttribute("aria-disabled") === "true") return;
    store.dispatch(go === "play" ? { type: "play" } : { type: "walk", to: go });
  });
  scrubber.addEventListener("input", () => store.dispatch({ type: "walk", to: Number(scrubber.value) }));
  speed.addEventListener("change", () => store.dispatch({ type: "speed", speed: Number(speed.value) }));
  store.subscribe((state, before) => {
    if (state.run !== before.run) showPhases(root, state.run);
    show(root, state);
  });
  showPhases(root, store.state.run);
  show(root, store.state);
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 */
function show(root, state) {
  const at = cursorOf(state);
  const steps = state.run?.steps ?? [];
  const scrubber = /** @type {HTMLInputElement} */ (find(root, "#scrubber"));
  scrubber.max = String(steps.length);
  scrubber.value = String(at);
  scrubber.setAttribute("aria-valuetext", `step ${at} of ${steps.length}${at ? `, ${steps[at - 1].phase}` : ""}`);
  find(root, "#cursor").textContent = String(at);
  find(root, "#total").textContent = String(steps.length);
  const play = find(root, "[data-go=play]");
  play.setAttribute("aria-pressed", String(state.playing));
  find(play, "span").textContent = state.playing ? "Pause" : "Play";
  const ended = state.step !== null && at === steps.length;
  disable(root, "first", at === 0);
  disable(root, "back", at === 0);
  disable(root, "next", ended || steps.length === 0);
  disable(root, "last", ended || steps.length === 0);
  disable(root, "play", steps.length === 0);
}

/**
 * A button that has the focus must not lose it: it stays, and says that it does nothing now.
 * @param {HTMLElement} root
 * @param {string} go
 * @param {boolean} off
 */
function disable(root, go, off) {
  find(root, `[data-go=${go}]`).setAttribute("aria-disabled", String(off));
}

/**
 * @param {HTMLElement} root
 * @param {import("../trace.js").Run | null} run
 */
function showPhases(root, run) {
  const phases = run ? phasesOf(run) : [];
  const spans = phases.map(({ phase, length }) => {
    const span = make("span", { class: phase }, length > 2 ? phase : "");
    span.style.flexGrow = String(length);
    return span;
  });
  find(root, "#phases").replaceChildren(...spans);
}
