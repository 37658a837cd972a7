// @ts-check
/** The stepper: first, back, play or pause, forward, last, a scrubber with the phases beneath it, speed. */

import { counted, disable, find, isDisabled, make } from "../dom.js";
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
    if (isDisabled(button)) return;
    store.dispatch(go === "play" ? { type: "play" } : { type: "walk", to: go });
  });
  scrubber.addEventListener("input", () => {
    store.dispatch({
      type: "walk",
      to: wayOf(Number(scrubber.value) - cursorOf(store.state)) ?? Number(scrubber.value),
    });
    scrubber.value = String(cursorOf(store.state));
  });
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
    if (SHOWN.some((key) => state[key] !== before[key])) show(root, state);
  });
  showPhases(root, store.state.run);
  showPasses(root, store.state.run);
  show(root, store.state);
}

/**
 * Write a place that one may copy: its digits stand in groups, with room between them and no character.
 * @param {HTMLElement} element
 * @param {number} count
 */
function showCount(element, count) {
  const groups = counted(count).split(",");
  element.replaceChildren(...groups.map((digits) => make("span", { class: "digits" }, digits)));
}

/** @type {(keyof import("../store.js").State)[]} */
const SHOWN = ["run", "step", "playing"];

/**
 * Return what a change of the scrubber by one means, as by an arrow key: the next entry, however many steps it covers.
 * @param {number} change
 */
function wayOf(change) {
  if (change === 1) return "next";
  return change === -1 ? "back" : null;
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
  scrubber.setAttribute("aria-valuetext", `step ${counted(at)} of ${counted(total)}${phase ? `, ${phase}` : ""}`);
  showCount(find(root, "#cursor"), at);
  showCount(find(root, "#total"), total);
  if (run) /** @type {HTMLSelectElement} */ (find(root, "#pass")).value = String(passAt(run, at));
  const play = find(root, "[data-go=play]");
  play.setAttribute("aria-pressed", String(state.playing));
  find(play, "span").textContent = state.playing ? "Pause" : "Play";
  const walking = state.step !== null;
  const off = {
    first: at === lowest,
    back: at === 0,
    next: (walking && at === total) || total === 0,
    last: (walking && at === highest) || total === 0,
    play: total === 0,
  };
  for (const [go, isOff] of Object.entries(off)) disable(find(root, `[data-go=${go}]`), isOff);
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
