// @ts-check
/** Modes of the page: presenting, with large type and few controls; a phone; and the sheet that is printed. */

import { find } from "../dom.js";
import { nodeOf } from "../player.js";
import { entryOf } from "../store.js";

const STILL = 2_000; // ms without a movement, after which the controls fade

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  mountSheet(page, store);
  mountThumb(page);
  const leave = () => store.dispatch({ type: "view", view: { presenting: false } });
  const opener = find(page, "#present");
  const black = find(page, "#blank");
  const blank = () => {
    black.hidden = !black.hidden;
  };
  opener.addEventListener("click", () => {
    store.dispatch({ type: "view", view: { presenting: true } });
    page.documentElement.requestFullscreen?.().catch(() => {}); // who refuses it presents in the window
  });
  find(page, "#leave").addEventListener("click", leave);
  black.addEventListener("click", blank);
  page.addEventListener("fullscreenchange", () => {
    if (!page.fullscreenElement) leave();
  });
  mountFading(page);
  store.subscribe((state, before) => {
    if (state.presenting !== before.presenting) change(page, state.presenting);
    if (state.presenting) point(page, state);
  });
  page.documentElement.classList.toggle("presenting", store.state.presenting);
  point(page, store.state);
  return { blank };
}

/**
 * @param {Document} page
 * @param {boolean} presenting
 */
function change(page, presenting) {
  page.documentElement.classList.toggle("presenting", presenting);
  find(page, "#blank").hidden = true;
  if (presenting) find(page, "#canvas").focus({ preventScroll: true });
  else find(page, "#present").focus({ preventScroll: true });
  if (!presenting && page.fullscreenElement) page.exitFullscreen();
}

/**
 * Show the line of source that the current step comes from.
 * @param {Document} page
 * @param {import("../store.js").State} state
 */
function point(page, state) {
  const entry = state.step === null ? null : entryOf(state);
  page.documentElement.classList.toggle("pointing", entry !== null);
  const span = entry?.span ?? (state.run && nodeOf(state.run, entry?.node)?.span);
  const line = entry && span ? (state.run?.source.split("\n")[span.line - 1] ?? "") : "";
  const place = find(page, "#source-line");
  if (place.textContent !== line.trim()) place.textContent = line.trim();
}

/** @param {Document} page */
function mountFading(page) {
  const root = page.documentElement;
  let fading = 0;
  const wake = () => {
    clearTimeout(fading);
    root.classList.remove("still");
    fading = window.setTimeout(() => root.classList.add("still"), STILL);
  };
  for (const kind of ["pointermove", "pointerdown", "focusin"]) page.addEventListener(kind, wake, { passive: true });
  wake();
}

/**
 * On a phone the stepper is at hand wherever one is: who steps where one types wants to see the graph. What else one may
 * watch there, the explanation, the leaves, the steps, stays in view.
 * @param {Document} page
 */
function mountThumb(page) {
  const narrow = matchMedia("(max-width: 799px)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const isSeen = (/** @type {string} */ selector) => {
    const { top, bottom } = find(page, selector).getBoundingClientRect();
    return bottom > 0 && top < find(page, "#stepper").getBoundingClientRect().top;
  };
  find(page, "#stepper").addEventListener("click", ({ target }) => {
    const isStep = target instanceof Element && target.closest("[data-go], #marks button");
    if (!isStep || !narrow.matches) return;
    if (isSeen("#canvas") || isSeen("#explanation") || !isSeen("#editor")) return;
    const { activeElement } = page;
    if (activeElement instanceof HTMLElement && activeElement.closest("#editor")) activeElement.blur(); // no more keyboard
    find(page, "#graph-panel").scrollIntoView({ behavior: still.matches ? "auto" : "smooth" });
  });
}

/**
 * An editor shows the lines that one looks at; a sheet has all of them.
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
function mountSheet(page, store) {
  const sheet = find(page, "#sheet");
  addEventListener("beforeprint", () => {
    sheet.textContent = store.state.source;
  });
}
