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
  mountWriting(page);
  mountAlgorithm(page, store);
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

const NARROW = "(max-width: 799px)";
const CALM = "(prefers-reduced-motion: reduce)";
const ENOUGH = 0.6; // of the picture, above the stepper

/**
 * On a phone the stepper is at hand wherever one is. Who has typed and steps wants to see the graph: the first step brings
 * it into view. At later ones the page stays where one has scrolled it.
 * @param {Document} page
 */
function mountThumb(page) {
  let begins = true;
  for (const part of ["#editor", "#leaves"]) {
    find(page, part).addEventListener("input", () => {
      begins = true;
    });
  }
  find(page, "#stepper").addEventListener("click", ({ target }) => {
    const isStep = target instanceof Element && target.closest("[data-go], #marks button, #scrubber");
    if (!isStep || !begins || !matchMedia(NARROW).matches) return;
    begins = false;
    if (seen(page, "#canvas") >= ENOUGH || seen(page, "#algorithm") >= ENOUGH) return;
    const { activeElement } = page;
    if (activeElement instanceof HTMLElement && activeElement.closest("#editor, #leaves")) activeElement.blur(); // no more keyboard
    showGraph(page);
  });
}

/**
 * Return how much of an element is on screen above the stepper, as a part of its height.
 * @param {Document} page
 * @param {string} selector
 */
function seen(page, selector) {
  const { top, bottom, height } = find(page, selector).getBoundingClientRect();
  const low = find(page, "#stepper").getBoundingClientRect().top;
  return height === 0 ? 0 : (Math.min(bottom, low) - Math.max(top, 0)) / height;
}

/** @param {Document} page */
function showGraph(page) {
  find(page, "#graph-panel").scrollIntoView({ behavior: matchMedia(CALM).matches ? "auto" : "smooth" });
}

const SHORT = 560; // px
const WRITTEN = "input:not([type=range], [type=checkbox]), textarea, [contenteditable=true]";

/**
 * Where a keyboard on the screen leaves little of the page, who writes needs it for the text: the stepper gives way.
 * @param {Document} page
 */
function mountWriting(page) {
  const show = () => {
    const { height, scale } = window.visualViewport ?? { height: innerHeight, scale: 1 };
    const writes = height * scale <= SHORT && page.activeElement?.matches(WRITTEN);
    const began = writes === true && !page.documentElement.classList.contains("writing");
    page.documentElement.classList.toggle("writing", writes === true);
    if (began && matchMedia(NARROW).matches)
      page.activeElement?.scrollIntoView({ block: "center", behavior: "instant" }); // with room for what is said of it
  };
  for (const kind of ["focusin", "focusout"]) page.addEventListener(kind, show);
  (window.visualViewport ?? window).addEventListener("resize", show);
}

/**
 * On a phone the algorithm stands right below the graph, so that one sees both. The tab that one has pressed stays under
 * the finger, until the graph comes into view.
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
function mountAlgorithm(page, store) {
  const tabs = find(page, "#side [role=tablist]");
  let place = 0;
  for (const kind of ["pointerdown", "keydown", "click"]) {
    tabs.addEventListener(
      kind,
      () => {
        place = tabs.getBoundingClientRect().top;
      },
      true,
    );
  }
  store.subscribe((state, before) => {
    if (state.tab === before.tab || !matchMedia(NARROW).matches || !tabs.contains(page.activeElement)) return;
    scrollBy({ top: tabs.getBoundingClientRect().top - place, behavior: "instant" });
    if (state.tab === "algorithm") showGraph(page);
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
