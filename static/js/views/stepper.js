// @ts-check
/** The stepper: first, back, play or pause, forward, last, a scrubber with the phases beneath it, speed. */

import { find, make } from "../dom.js";
import { cursorOf } from "../store.js";
import { passAt, phasesOf, reachOf, stepAt } from "../trace.js";

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
  const pass = /** @type {HTMLSelectElement} */ (find(root, "#pass"));
  pass.addEventListener("change", () => {
    const chosen = store.state.run?.passes[Number(pass.value)];
    if (chosen) store.dispatch({ type: "walk", to: chosen.last });
  });
  speed.addEventListener("change", () => store.dispatch({ type: "speed", speed: Number(speed.value) }));
  store.subscribe((state, before) => {
    if (state.run !== before.run) {
      showPhases(root, state.run);
      showPasses(root, state.run);
    }
    show(root, state);
  });
  showPhases(root, store.state.run);
  showPasses(root, store.state.run);
  show(root, store.state);
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 */
function show(root, state) {
  const at = cursorOf(state);
  const { run } = state;
  const { lowest, highest } = reachOf(run);
  const total = run?.step_count ?? 0;
  const phase = stepAt(run, at)?.phase;
  const scrubber = /** @type {HTMLInputElement} */ (find(root, "#scrubber"));
  scrubber.min = String(lowest);
  scrubber.max = String(highest);
  scrubber.value = String(at);
  scrubber.setAttribute("aria-valuetext", `step ${at} of ${total}${phase ? `, ${phase}` : ""}`);
  find(root, "#cursor").textContent = String(at);
  find(root, "#total").textContent = String(total);
  if (run) /** @type {HTMLSelectElement} */ (find(root, "#pass")).value = String(passAt(run, at));
  const play = find(root, "[data-go=play]");
  play.setAttribute("aria-pressed", String(state.playing));
  find(play, "span").textContent = state.playing ? "Pause" : "Play";
  const walking = state.step !== null;
  disable(root, "first", at === lowest);
  disable(root, "back", at === 0);
  disable(root, "next", (walking && at === total) || total === 0);
  disable(root, "last", (walking && at === highest) || total === 0);
  disable(root, "play", total === 0);
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
    const span = make("span", { class: phase }, make("i", {}, phase));
    span.style.flexGrow = String(length);
    return span;
  });
  find(root, "#phases").replaceChildren(...spans);
}

/**
 * A program may ask for several backward passes: each has a graph of its own, and its end is where one looks first.
 * @param {HTMLElement} root
 * @param {import("../trace.js").Run | null} run
 */
function showPasses(root, run) {
  const passes = run?.passes ?? [];
  find(root, "#passes").hidden = passes.length < 2;
  const select = find(root, "#pass");
  const options = passes.map(({ scope, shown, output }, k) => {
    const place = scope || `${k + 1}`;
    return make("option", { value: String(k) }, `${place}: ${shown ? shown.data[0] : output}`);
  });
  select.replaceChildren(...options);
}
