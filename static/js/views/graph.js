// @ts-check
/** The graph: puts the picture of the pass in place, lets it show the moment, and folds what somebody presses. */

import { disable, find, isDisabled, oncePerFrame } from "../dom.js";
import { cursorOf, directionOf } from "../store.js";
import { passAt, stepAt } from "../trace.js";
import { Camera } from "./camera.js";
import { Picture } from "./picture.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../store.js").Store} Store
 */

const HURRY = 200; // ms between two steps, below which nothing moves smoothly
const PATIENCE = 150; // ms, before a group shows that it is being opened or folded

/**
 * @param {Document} page
 * @param {Store} store
 */
export function mount(page, store) {
  const panel = find(page, "#graph-panel");
  const canvas = find(page, "#canvas");
  const camera = new Camera(canvas);
  const picture = new Picture(canvas);
  mountTools(page, store, camera);
  mountFolding(canvas, store, camera);
  const showPicture = (/** @type {State} */ state, /** @type {State["folding"]} */ folding) => {
    const svg = state.run ? state.pictures[passAt(state.run, cursorOf(state))] : undefined;
    find(panel, "#no-picture").hidden = !state.run || svg !== undefined || state.run.step_count === 0;
    if (picture.isOther(svg)) exchange(canvas, camera, picture, svg, folding);
  };
  let walked = 0;
  let isHurried = false;
  const follow = oncePerFrame(() => camera.reveal(picture.placesToSee(), !isHurried));
  const showMoment = (/** @type {State} */ state, /** @type {boolean} */ walks) => {
    if (!state.run) return;
    const at = cursorOf(state);
    const step = state.step === null ? null : stepAt(state.run, at);
    picture.paint(state.run, at);
    picture.point(step);
    isHurried = walks && performance.now() - walked < HURRY;
    if (walks) walked = performance.now();
    if (step && state.forward && walks && !isHurried) picture.pulse(step, state.speed);
    if (state.step !== null) follow();
  };
  store.subscribe((state, before) => {
    if (state.stale !== before.stale) showStale(panel, state.stale);
    if (state.folding !== before.folding) showBusy(panel, picture, state.folding);
    if (state.run === before.run && state.step === before.step && state.pictures === before.pictures) return;
    showPicture(state, before.folding);
    showMoment(state, state.step !== before.step);
    showFolds(panel, state);
  });
  showStale(panel, store.state.stale);
  showPicture(store.state, null);
  showMoment(store.state, false);
  showFolds(panel, store.state);
  return { groupAround: (/** @type {string} */ node) => picture.groupAround(node) };
}

/**
 * @param {HTMLElement} panel
 * @param {boolean} stale
 */
function showStale(panel, stale) {
  panel.classList.toggle("stale", stale);
  find(panel, "#stale").hidden = !stale;
}

/**
 * Put another picture in place. Where a group was opened or folded, it stays where one pressed it, and keeps the focus.
 * @param {HTMLElement} canvas
 * @param {Camera} camera
 * @param {Picture} picture
 * @param {string | undefined} svg
 * @param {State["folding"]} folding
 */
function exchange(canvas, camera, picture, svg, folding) {
  const outline = picture.outlineOf(folding?.key ?? null);
  const place = outline && camera.placeOf(outline);
  const holder = document.activeElement?.closest("#canvas svg *, [data-open]");
  const focused = holder?.closest("[data-group]")?.getAttribute("data-group") ?? folding?.key ?? "";
  picture.insert(svg);
  if (svg !== undefined) {
    const element = picture.outlineOf(folding?.key ?? null);
    camera.watch(find(canvas, "svg"), element && place && { element, place });
  }
  if (holder) (picture.handleOf(focused) ?? canvas).focus({ preventScroll: true });
}

// -- tools ------------------------------------------------------------------------------------------------------------

/**
 * @param {Document} page
 * @param {Store} store
 * @param {Camera} camera
 */
function mountTools(page, store, camera) {
  find(page, "#zoom-in").addEventListener("click", () => camera.zoom(1.25));
  find(page, "#zoom-out").addEventListener("click", () => camera.zoom(0.8));
  find(page, "#zoom-fit").addEventListener("click", () => camera.fit(true, true));
  for (const id of ["#open-all", "#fold-all"]) {
    const button = find(page, id);
    button.addEventListener("click", () => {
      if (!isDisabled(button)) store.dispatch({ type: "fold-all", open: id === "#open-all" });
    });
  }
  for (const option of ["direction", "style"]) {
    const select = /** @type {HTMLSelectElement} */ (find(page, `select[name=${option}]`));
    if (option === "direction") select.value = directionOf(store.state);
    select.addEventListener("change", () => store.dispatch({ type: "option", option: { [option]: select.value } }));
    store.subscribe((state, before) => {
      const value = state[/** @type {"direction" | "style"} */ (option)];
      if (value && value !== before[/** @type {"direction" | "style"} */ (option)]) select.value = value;
    });
  }
}

/**
 * @param {HTMLElement} panel
 * @param {State} state
 */
function showFolds(panel, { run }) {
  const groups = run?.groups ?? [];
  find(panel, "#folds").hidden = groups.length === 0;
  disable(
    find(panel, "#open-all"),
    groups.every(({ open }) => open),
  );
  disable(find(panel, "#fold-all"), !groups.some(({ open }) => open));
}

// -- folding ----------------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} canvas
 * @param {Store} store
 * @param {Camera} camera
 */
function mountFolding(canvas, store, camera) {
  const press = (/** @type {Event} */ event) => {
    const handle = event.target instanceof Element ? event.target.closest(".group.folded, .group.open .fold") : null;
    const group = handle?.closest("[data-group]");
    if (!group) return;
    event.preventDefault();
    const key = group.getAttribute("data-group") ?? "";
    store.dispatch({ type: "fold", key, open: group.classList.contains("folded") });
  };
  canvas.addEventListener("click", (event) => {
    if (!camera.dragged) press(event);
  });
  canvas.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    if (isPlain && (event.key === "Enter" || event.key === " ")) press(event);
  });
  canvas.addEventListener("focusin", ({ target }) => {
    if (target instanceof SVGElement && target.matches(":focus-visible")) camera.reveal([[target]]);
  });
}

let waiting = 0;

/**
 * Let a group show that it is being opened or folded, unless that is over in no time.
 * @param {HTMLElement} panel
 * @param {Picture} picture
 * @param {State["folding"]} folding
 */
function showBusy(panel, picture, folding) {
  clearTimeout(waiting);
  for (const element of panel.querySelectorAll(".busy")) element.classList.remove("busy");
  if (!folding) return;
  const element = (folding.key !== null && picture.groups.get(folding.key)) || find(panel, "#canvas");
  waiting = window.setTimeout(() => element.classList.add("busy"), PATIENCE);
}
