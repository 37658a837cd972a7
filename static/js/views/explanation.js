// @ts-check
/** The current step in symbols, numbers and words; and the one line of the page that a screen reader hears. */

import { table } from "../api.js";
import { counted, find, make } from "../dom.js";
import { isStop, placeBefore } from "../entries.js";
import { ledgerOf, receiverOf } from "../ledger.js";
import { fill } from "../markup.js";
import { labelOf, nodeOf } from "../player.js";
import { comparedWithWalk, heldAfter, sortAt, toldOf } from "../sorting.js";
import { cursorOf, entryOf, sortOf } from "../store.js";
import { summaryOf, sumsOf } from "../summary.js";
import { patternOf, TERMS } from "../words.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../trace.js").Run} Run
 * @typedef {import("../trace.js").Step} Step
 * @typedef {{title: string, sentence: string | undefined, code: string, math: string}} Told
 */

const LINES = 2; // of a ledger that are shown; of a longer one the last, for a card has all of them

/**
 * @param {Document} page
 * @param {Store} store
 */
export function mount(page, store) {
  const root = find(page, "#explanation");
  const status = find(page, "#status");
  mountButtons(root, store);
  mountTerms(root);
  const chips = { visited: new Chips(find(root, "#visited")), topo: new Chips(find(root, "#topo")) };
  mountHint(page, root, store);
  let silent = true;
  const showAll = (/** @type {State} */ state) => {
    const told = toldAt(state);
    show(root, state, told);
    showSets(root, state, chips);
    return told;
  };
  store.subscribe((state, before) => {
    if (SHOWN.every((key) => state[key] === before[key])) return;
    const told = showAll(state);
    if (state.step !== before.step || state.sort !== before.sort) silent = false;
    if (silent || state.playing || told.sentence === undefined) return;
    status.textContent = spoken(state, told);
    silent = true;
  });
  showAll(store.state);
}

/**
 * Say which keys take a step from where the focus is.
 * @param {Document} page
 * @param {HTMLElement} root
 * @param {Store} store
 */
function mountHint(page, root, store) {
  for (const kind of ["focusin", "focusout"]) {
    page.addEventListener(kind, () => {
      if (current(store.state) === null) showSentence(root, toldAt(store.state));
    });
  }
}

/** @type {(keyof State)[]} */
const SHOWN = ["run", "step", "sort", "sorting", "grain", "playing", "texts", "stops", "problem"];

/**
 * @param {HTMLElement} root
 * @param {Store} store
 */
function mountButtons(root, store) {
  find(root, "[data-open]").addEventListener("click", () => {
    const entry = entryOf(store.state);
    if (entry?.group) store.dispatch({ type: "fold", key: entry.group, open: true, from: entry.first });
  });
  find(root, "[data-sort]").addEventListener("click", () => {
    const at = sortBeside(store.state);
    store.dispatch({ type: "view", view: { sorting: true } });
    if (at !== null) store.dispatch({ type: "walk", to: at, sort: 1 });
  });
  find(root, ".ledger").addEventListener("click", ({ target }) => {
    const line = target instanceof Element ? target.closest("button") : null;
    if (line) store.dispatch({ type: "walk", to: Number(line.value) });
  });
  root.addEventListener("scroll", () => root.toggleAttribute("data-scrolled", root.scrollTop > 0)); // asking costs layout
}

// -- what is told -----------------------------------------------------------------------------------------------------

/** @param {State} state */
function current(state) {
  return state.step === null ? null : entryOf(state);
}

/**
 * @param {State} state
 * @returns {Told}
 */
function toldAt(state) {
  const sort = sortOf(state);
  if (state.run && sort && sort.done > 0) return sortTold(state, state.run, sort);
  const step = current(state);
  if (!step) return { title: "This step", sentence: invitation(state), code: "", math: "" };
  const summary = summaryNow(state);
  if (summary) return summary;
  const { sentence, text = "", math = "" } = step;
  return { title: `${nameOf(state, step)}: ${step.phase}`, sentence, code: text, math };
}

/** @param {State} state */
function summaryNow(state) {
  return state.run && state.step !== null ? summaryOf(state.run, cursorOf(state), state.grain) : null;
}

/**
 * @param {State} state
 * @param {Run} run
 * @param {{events: import("../sorting.js").Event[], done: number}} sort
 * @returns {Told}
 */
function sortTold(state, run, { events, done }) {
  const { code, sentence } = toldOf(run, events, done);
  const end = done === events.length ? ` ${comparedWithWalk(run, events, cursorOf(state))}` : "";
  const title = `Topological sort: ${counted(done)} of ${counted(events.length)}`;
  return { title, sentence: sentence + end, code, math: "" };
}

/**
 * Return what the entry that leads here is called: a step, or the steps inside a folded group.
 * @param {State} state
 * @param {Step} step
 */
function nameOf(state, { group, first = 0, last = 0 }) {
  return group && last - first > 1
    ? `Steps ${counted(first + 1)} to ${counted(last)}`
    : `Step ${counted(cursorOf(state))}`;
}

/** @param {State} state */
function invitation({ run, step, source, problem }) {
  const count = run?.step_count ?? 0;
  if (source.trim() === "") return "Type a program, relu(a*b + d) for one, or choose an example.";
  if (count === 0 && problem) return "As soon as the program runs, its graph appears.";
  if (count === 0) return run ? "There is nothing to differentiate." : "";
  const all = count === 1 ? "The one step is done" : `All ${counted(count)} steps are done`;
  const isTouch = matchMedia("(hover: none)").matches; // there is no key to press
  const isEmbedded = document.documentElement.classList.contains("embedded"); // it has no Play
  const press = isEmbedded ? "Step forward" : isTouch ? "Press Play" : pressFrom(document.activeElement);
  if (step === null) return `${all}: every node shows its data and its gradient. ${press} to walk from the first one.`;
  return `Nothing has been computed yet: only the leaves have their data. ${press} for the first step.`;
}

const TAKEN = "input:not([type=checkbox], #scrubber), textarea, select, [role=tab], g.node"; // there → means something else

/** @param {Element | null} focused */
function pressFrom(focused) {
  if (focused?.closest("#editor")) return "Press Escape, then →, or Play";
  if (focused?.matches("#leaves .value > input:not([type=range])")) return "Press Enter, then →, or Play";
  return focused?.matches(TAKEN) ? "Press Play" : "Press → or Play";
}

/**
 * @param {State} state
 * @param {Told} told
 */
function spoken(state, { title, sentence }) {
  if (state.step === null || title === "This step") return sentence ?? "";
  if (sortOf(state)?.done) return `${title}. ${sentence}`;
  const step = current(state);
  if (summaryNow(state)) return `${title}. ${sentence}`;
  return step ? `${nameOf(state, step)} of ${counted(state.run?.step_count ?? 0)}. ${sentence}` : (sentence ?? "");
}

// -- the panel --------------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} root
 * @param {State} state
 * @param {Told} told
 */
function show(root, state, told) {
  const { title, code, math } = told;
  const isSort = (sortOf(state)?.done ?? 0) > 0;
  const step = isSort ? null : current(state);
  const one = summaryNow(state) ? null : step;
  root.toggleAttribute("data-idle", code === ""); // nothing whose place is to be kept
  root.toggleAttribute("data-resting", state.step === null); // nobody walks
  root.toggleAttribute("data-listed", one !== step && math === "");
  find(root, "h2").textContent = title;
  fill(find(root, ".formula"), math);
  find(root, ".code").textContent = code;
  showSentence(root, told);
  find(root, ".pattern").textContent =
    one?.phase === "backward" && !one.group ? patternOf(nodeOf(state.run, one.node)?.op) : "";
  showFactors(find(root, ".factors"), one);
  showPause(find(root, ".paused"), state, step);
  showLedger(find(root, ".ledger"), state, state.grain === "phase" ? one : step);
  showOffers(root, state, step);
  showSums(find(root, ".sums"), state);
  showTerms(find(root, ".terms"), isSort ? "sort" : (step?.phase ?? ""));
  if (root.dataset.scrolled !== undefined) root.scrollTop = 0;
}

/**
 * @param {HTMLElement} root
 * @param {Told} told
 */
function showSentence(root, { sentence }) {
  find(root, ".sentence").textContent = sentence ?? "…";
}

/**
 * Name the factors: who cannot tell their colours reads which is which.
 * @param {HTMLElement} line
 * @param {Step | null} step
 */
function showFactors(line, step) {
  const { local, upstream, contribution } = /** @type {Record<string, import("../trace.js").Shown>} */ (
    step?.shown ?? {}
  );
  line.hidden = step?.phase !== "backward" || !local || !upstream;
  if (line.hidden) return;
  const part = (/** @type {string} */ name, /** @type {import("../trace.js").Shown} */ [short, exact]) =>
    make("span", { class: name, title: exact }, make("small", {}, name), " ", short);
  const parts = [part("local", local), " × ", part("upstream", upstream)];
  const isRounded = [local, upstream, contribution].some(([, , relation]) => relation === "≈");
  line.replaceChildren(...parts, ` ${isRounded ? "≈" : "="} `, part("contribution", contribution));
}

/**
 * Say why a walk paused here.
 * @param {HTMLElement} line
 * @param {State} state
 * @param {Step | null} step
 */
function showPause(line, { run, stops, playing }, step) {
  const isPaused = !playing && step !== null && isStop(step, stops);
  line.hidden = !isPaused;
  if (!isPaused) return;
  const at = stops.filter((stop) => isStop(step, [stop])).map((id) => labelOf(run, id));
  line.textContent = `Play pauses here: breakpoint at ${at.join(", ")}`;
}

/**
 * @param {HTMLElement} root
 * @param {State} state
 * @param {Step | null} step
 */
function showOffers(root, state, step) {
  const group = step?.group && state.run?.groups?.find(({ key }) => key === step.group);
  find(root, ".inside").hidden = !group;
  find(root, "[data-open]").textContent = group ? `Open ${group.title}` : "";
  find(root, ".offer").hidden = state.sorting || sortBeside(state) === null;
}

/**
 * Return where the topological sort stands that a seed needs, if the moment on screen is just before or after the seed.
 * @param {State} state
 */
function sortBeside(state) {
  const { run, step } = state;
  if (!run || step === null) return null;
  const at = cursorOf(state);
  if (sortAt(run, at)) return at;
  const before = entryOf(state)?.phase === "seed" ? placeBefore(run, at) : null;
  return before !== null && sortAt(run, before) ? before : null;
}

/**
 * Show at the end of a run what its gradients consist of.
 * @param {HTMLElement} box
 * @param {State} state
 */
function showSums(box, state) {
  const sums = state.run && sumsOf(state.run, cursorOf(state));
  box.hidden = !sums;
  if (sums && box.textContent !== [...sums.lines, sums.order].join("")) {
    box.replaceChildren(...sums.lines.map((line) => make("p", { class: "number" }, line)), make("p", {}, sums.order));
  }
}

// -- ledger -----------------------------------------------------------------------------------------------------------

/**
 * Show all that the gradient of the node at hand went through so far. Each line leads to its step.
 * @param {HTMLElement} element
 * @param {State} state
 * @param {Step | null} step
 */
function showLedger(element, state, step) {
  const receiver = receiverOf(step);
  const node = nodeOf(state.run, receiver ?? undefined);
  if (!state.run || !node) {
    const text = step?.ledger ?? "";
    if (element.textContent !== text) element.textContent = text;
    return;
  }
  const { start, lines } = ledgerOf(state.run, node.id, cursorOf(state));
  const hidden = lines.length > LINES ? lines.length - 1 : 0;
  const rows = lines.slice(hidden).map(({ place, from, text }) => {
    const title = from ? `from ${labelOf(state.run, from)}` : "";
    return make("button", { type: "button", value: String(place), title }, text);
  });
  const opening = hidden ? `… ${counted(hidden)} before` : start;
  element.replaceChildren(`${node.name ?? node.label}.grad: ${opening}`, ...rows.flatMap((row) => [" → ", row]));
}

// -- the sort ---------------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} root
 * @param {State} state
 * @param {{visited: Chips, topo: Chips}} chips
 */
function showSets(root, state, chips) {
  const sort = sortOf(state);
  const isOn = sort !== null && sort.done > 0;
  find(root, ".sets").hidden = !isOn;
  if (!isOn) return;
  const { visited, topo } = heldAfter(sort.events, sort.done);
  const label = (/** @type {string} */ id) => labelOf(state.run, id);
  chips.visited.show(visited, label);
  chips.topo.show(topo, label);
}

/** A row of names that grows at its end. */
class Chips {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    /** @type {string[]} */
    this.shown = [];
  }

  /**
   * @param {string[]} ids
   * @param {(id: string) => string} labelOf
   */
  show(ids, labelOf) {
    const labels = ids.map(labelOf);
    const kept = labels.findIndex((label, k) => label !== this.shown[k]);
    const from = kept < 0 ? labels.length : kept;
    while (this.box.children.length > from) this.box.lastElementChild?.remove();
    this.box.append(...labels.slice(from).map((label) => make("span", { class: "chip" }, label)));
    this.shown = labels;
    this.box.scrollTop = 1e6; // the end; asking how long it is would cost layout
  }
}

// -- words ------------------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} line
 * @param {string} phase
 */
function showTerms(line, phase) {
  if (line.dataset.phase === phase) return;
  line.dataset.phase = phase;
  const buttons = (TERMS[phase] ?? []).map(({ slug, term }) =>
    make("button", { type: "button", "data-slug": slug }, term),
  );
  line.replaceChildren(...buttons);
}

/** @param {HTMLElement} root */
function mountTerms(root) {
  const bubble = find(root, "#term");
  find(root, ".terms").addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (!button) return;
    const slug = button.dataset.slug ?? "";
    find(bubble, "a").setAttribute("href", `/docs/glossary#${slug}`);
    find(bubble, "p").textContent = "…";
    bubble.showPopover();
    placeAbove(bubble, button);
    const terms = (await table("/api/v1/glossary"))?.terms ?? [];
    find(bubble, "p").textContent = terms.find((/** @type {{slug: string}} */ term) => term.slug === slug)?.about ?? "";
    placeAbove(bubble, button);
  });
}

/**
 * @param {HTMLElement} bubble
 * @param {Element} button
 */
function placeAbove(bubble, button) {
  const { left, top } = button.getBoundingClientRect();
  const { width, height } = bubble.getBoundingClientRect();
  bubble.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  bubble.style.top = `${Math.max(8, top - height - 6)}px`;
}
