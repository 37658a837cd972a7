// @ts-check
/** The stepper: buttons, a scrubber with the phases beneath it, and how one walks: grain, sort, pass, speed. */

import { counted, disable, find, isDisabled, make } from "../dom.js";
import { allStretches, passOf, rulerOf, stretchAt, stretchesOf } from "../ruler.js";
import { cursorOf, sortOf } from "../store.js";
import { stepAt } from "../trace.js";

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
    const go = /** @type {"first" | "back" | "play" | "next" | "last" | "finish"} */ (button.dataset.go);
    if (isDisabled(button)) return;
    store.dispatch(go === "play" ? { type: "play" } : { type: "walk", to: go });
  });
  scrubber.addEventListener("input", () => {
    const { positionOf, momentOf } = rulerOf(store.state.run, store.state.sorting);
    const wanted = Number(scrubber.value);
    const { step, sort } = momentOf(wanted);
    const way = wayOf(wanted - positionOf(momentNow(store.state)), store.state.grain);
    store.dispatch(way ? { type: "walk", to: way } : { type: "walk", to: step, sort });
    scrubber.value = String(positionOf(momentNow(store.state)));
  });
  find(root, "#marks").addEventListener("click", ({ target }) => {
    const mark = target instanceof Element ? target.closest("button") : null;
    const stretch = mark && marksOf(store.state)[Number(mark.value)];
    if (stretch) store.dispatch({ type: "walk", to: stretch.step, sort: stretch.sort });
  });
  mountOptions(root, store);
  const pass = /** @type {HTMLSelectElement} */ (find(root, "#pass"));
  pass.addEventListener("change", () => {
    const chosen = store.state.run?.passes[Number(pass.value)];
    if (chosen) store.dispatch({ type: "walk", to: chosen.last });
  });
  speed.addEventListener("change", () => store.dispatch({ type: "speed", speed: Number(speed.value) }));
  store.subscribe((state, before) => {
    const { run, sorting } = state;
    if (run !== before.run) showPasses(root, run);
    if (run !== before.run || sorting !== before.sorting) showPhases(root, state);
    if (SHOWN.some((key) => state[key] !== before[key])) show(root, state);
  });
  showPhases(root, store.state);
  showPasses(root, store.state.run);
  show(root, store.state);
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").Store} store
 */
function mountOptions(root, store) {
  const grain = /** @type {HTMLSelectElement} */ (find(root, "#grain"));
  grain.addEventListener("change", () => {
    const chosen = /** @type {import("../address.js").Grain} */ (grain.value);
    store.dispatch({ type: "view", view: { grain: chosen } });
  });
  const sorting = /** @type {HTMLInputElement} */ (find(root, "#sorting"));
  sorting.addEventListener("change", () => {
    store.dispatch({ type: "view", view: { sorting: sorting.checked, sort: 0 } });
  });
  const more = find(root, "#more-options"); // on a phone alone; elsewhere there is room for all of it
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
  });
}

/** @param {import("../store.js").State} state */
function momentNow(state) {
  return { step: cursorOf(state), sort: sortOf(state)?.done ?? 0 };
}

/** @param {import("../store.js").State} state */
function marksOf(state) {
  const { run, sorting } = state;
  return run ? stretchesOf(run, sorting, passOf(run, sorting, momentNow(state))) : [];
}

/**
 * Write a place that one may copy: its digits stand in groups, with a comma between them that is drawn and not copied.
 * @param {HTMLElement} element
 * @param {number} count
 */
function showCount(element, count) {
  const groups = counted(count).split(",");
  element.replaceChildren(...groups.map((digits) => make("span", { class: "digits" }, digits)));
}

/** @type {(keyof import("../store.js").State)[]} */
const SHOWN = ["run", "step", "sort", "sorting", "grain", "playing", "speed"];

/**
 * Return what a change of the scrubber by one means, as by an arrow key: the next entry, however many steps it covers.
 * @param {number} change
 * @param {import("../address.js").Grain} grain
 */
function wayOf(change, grain) {
  if (grain !== "edge") return null;
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
  showScrubber(root, state);
  showPlace(root, state);
  showMarks(root, state);
  if (run)
    /** @type {HTMLSelectElement} */ (find(root, "#pass")).value = String(passOf(run, state.sorting, momentNow(state)));
  /** @type {HTMLSelectElement} */ (find(root, "#grain")).value = state.grain;
  /** @type {HTMLSelectElement} */ (find(root, "#speed")).value = String(state.speed);
  /** @type {HTMLInputElement} */ (find(root, "#sorting")).checked = state.sorting;
  const play = find(root, "[data-go=play]");
  play.setAttribute("aria-pressed", String(state.playing));
  find(play, "span").textContent = state.playing ? "Pause" : "Play";
  showButtons(root, state, at);
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 * @param {number} at
 */
function showButtons(root, state, at) {
  const total = state.run?.step_count ?? 0;
  const walking = state.step !== null;
  const within = (sortOf(state)?.done ?? 0) > 0;
  const off = {
    first: (at === 0 && walking && !within) || total === 0,
    back: at === 0 && !within,
    next: (walking && at === total) || total === 0,
    finish: (walking && at === total) || total === 0,
    last: (walking && at === total && !within) || total === 0,
    play: total === 0,
  };
  for (const [go, isOff] of Object.entries(off)) disable(find(root, `[data-go=${go}]`), isOff);
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 */
function showScrubber(root, state) {
  const { lowest, highest, positionOf } = rulerOf(state.run, state.sorting);
  const scrubber = /** @type {HTMLInputElement} */ (find(root, "#scrubber"));
  const { place, total, phase } = placeOf(state);
  scrubber.min = String(lowest);
  scrubber.max = String(highest);
  scrubber.value = String(positionOf(momentNow(state)));
  const kind = phase === "sort" ? "event" : "step";
  const said = phase === "sort" ? "topological sort" : phase;
  scrubber.setAttribute("aria-valuetext", `${kind} ${counted(place)} of ${counted(total)}${said ? `, ${said}` : ""}`);
}

/**
 * Return what is counted at the moment: events of the sort while one is in it, else steps.
 * @param {import("../store.js").State} state
 */
function placeOf(state) {
  const sort = sortOf(state);
  if (sort && sort.done > 0) return { place: sort.done, total: sort.events.length, phase: "sort" };
  const at = cursorOf(state);
  return { place: at, total: state.run?.step_count ?? 0, phase: stepAt(state.run, at)?.phase ?? "" };
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 */
function showPlace(root, state) {
  const { place, total, phase } = placeOf(state);
  const isOverview = state.step === null;
  find(root, ".what").textContent = phase === "sort" ? "sort " : "";
  find(root, ".place").hidden = isOverview;
  find(root, ".unit").textContent = isOverview ? (total === 1 ? " step" : " steps") : "";
  showCount(find(root, "#cursor"), place);
  showCount(find(root, "#total"), total);
}

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 */
function showPhases(root, { run, sorting }) {
  const spans = (run ? allStretches(run, sorting) : []).map(({ phase, length }) => {
    const span = make("span", { class: phase });
    span.style.flexGrow = String(length);
    return span;
  });
  find(root, "#phases").replaceChildren(...spans);
}

/**
 * Name the phases of the pass on screen, and mark the one at hand. They are made anew only where they are others.
 * @param {HTMLElement} root
 * @param {import("../store.js").State} state
 */
function showMarks(root, state) {
  const box = find(root, "#marks");
  const stretches = marksOf(state);
  const shown = stretches.map(({ phase, step, length }) => `${phase} ${step} ${length}`).join();
  if (box.dataset.shown !== shown) {
    box.dataset.shown = shown;
    const marks = stretches.map(({ phase, length }, k) =>
      grown(make("button", { type: "button", value: String(k) }, phase), length),
    );
    const [before, after] = around(state, stretches);
    box.replaceChildren(grown(make("span"), before), ...marks, grown(make("span"), after));
  }
  const at = state.step === null ? -1 : stretchAt(stretches, momentNow(state));
  for (const [k, mark] of box.querySelectorAll("button").entries()) {
    if (k === at) mark.setAttribute("aria-current", "step");
    else mark.removeAttribute("aria-current");
  }
}

/**
 * Let an element have its share of a row: each mark begins where its phase does, as far as there is room.
 * @template {HTMLElement} T
 * @param {T} element
 * @param {number} share
 */
function grown(element, share) {
  element.style.flexGrow = String(share);
  return element;
}

/**
 * Return how many steps the scrubber holds before and after those of one pass.
 * @param {import("../store.js").State} state
 * @param {import("../ruler.js").Stretch[]} stretches
 */
function around({ run, sorting }, stretches) {
  const all = run ? allStretches(run, sorting) : [];
  const [first, last] = [all.indexOf(stretches[0]), all.indexOf(stretches[stretches.length - 1])];
  const sum = (/** @type {import("../ruler.js").Stretch[]} */ part) =>
    part.reduce((all, { length }) => all + length, 0);
  return [sum(all.slice(0, Math.max(first, 0))), sum(all.slice(last + 1))];
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
