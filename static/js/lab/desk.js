// @ts-check
/**
 * What an experiment works with: the program at hand, the server, settings that the address keeps, marks in the picture.
 * Start at `createDesk`.
 *
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../store.js").State} State
 * @typedef {import("../trace.js").Problem} Problem
 * @typedef {{store: Store, fill: (element: Element, markup: string) => void}} Tools
 * @typedef {{source: string, inputs: Record<string, number | string | null>, fixed: string[], partial: true}} Program
 * @typedef {import("./plot.js").Library} Library
 * @typedef {object} Desk
 * @property {Store} store
 * @property {(element: Element, markup: string) => void} fill puts markup of our server into an element
 * @property {() => Program} program what is asked about, as requests name it
 * @property {(path: string, body: object, signal?: AbortSignal) => Promise<any>} ask posts; `{problem}` if it fails
 * @property {(live: Live) => () => void} live asks again whenever the question changes; returns "ask now, anyway"
 * @property {(program: Opened) => void} open another program in the page, to be looked at as this one is
 * @property {(name: string, otherwise: string) => string} setting
 * @property {(name: string, text: string | null) => void} set null: as usual
 * @property {(changed: (state: State, before: State) => void) => void} watch until the experiment is left
 * @property {(traced: import("../store.js").Traced | null) => void} trace marks nodes and edges in the picture
 * @property {(overlay: Record<string, string> | null) => void} overlay shows the graph at other inputs, for the moment
 * @property {() => Promise<Library | null>} plots what plots are computed with; null where it is not there
 * @property {(text: string) => void} say to those who listen to the page
 * @typedef {{source: string, inputs?: Record<string, number | string>, fixed?: string[],
 *   step?: number | null}} Opened
 * @typedef {object} Live
 * @property {string} path
 * @property {(program: Program, state: State) => object | null} question the body; null: nothing to ask now
 * @property {(answer: any) => void} show
 * @property {HTMLElement} room is marked busy meanwhile, and gets the problem
 * @property {number} [wait] ms without a change, before the server is asked
 */

import { numberOf, post } from "../api.js";
import { make } from "../dom.js";

const CALM = 120; // ms

/**
 * Return a desk, what tells it of each change, and what clears it.
 * @param {Tools & {panel: HTMLElement}} tools
 * @returns {{desk: Desk, changed: (state: State, before: State) => void, close: () => void}}
 */
export function createDesk({ store, fill, panel }) {
  /** @type {((state: State, before: State) => void)[]} */
  let watchers = [];
  let isOpen = true;
  const changed = (/** @type {State} */ state, /** @type {State} */ before) => {
    for (const watcher of watchers) watcher(state, before);
  };
  /** @type {Desk} */
  const desk = {
    store,
    fill,
    program: () => programOf(store.state),
    ask: post,
    open: (program) => store.dispatch({ type: "open", place: placeFor(store.state, program) }),
    live: (live) => keepAsking(desk, live, () => isOpen),
    setting: (name, otherwise) => store.state.settings[name] ?? otherwise,
    set: (name, text) => store.dispatch({ type: "setting", name, text }),
    watch: (watcher) => {
      watchers.push(watcher);
    },
    trace: (traced) => store.dispatch({ type: "traced", traced }),
    overlay: (overlay) => store.dispatch({ type: "overlay", overlay }),
    plots: () => library(panel.dataset.plots),
    say: (text) => {
      const status = document.querySelector("#status");
      if (status) status.textContent = text;
    },
  };
  const close = () => {
    isOpen = false;
    watchers = [];
    if (store.state.traced) desk.trace(null);
    if (store.state.overlay) desk.overlay(null);
  };
  return { desk, changed, close };
}

/**
 * @param {State} state
 * @param {Opened} program
 * @returns {import("../address.js").Place}
 */
function placeFor({ direction, style, constants }, { source, inputs = {}, fixed = [], step = null }) {
  const texts = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
  return { source, inputs: texts, fixed, step, direction, style, constants, open: null };
}

/**
 * @param {State} state
 * @returns {Program}
 */
function programOf({ source, inputs, fixed }) {
  const numbers = Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, numberOf(text)]));
  return { source, inputs: numbers, fixed, partial: true }; // a program that fails is no failure of the page
}

/**
 * @param {Desk} desk
 * @param {Live} live
 * @param {() => boolean} isOpen
 */
function keepAsking(desk, { path, question, show, room, wait = CALM }, isOpen) {
  let asked = "";
  let timer = 0;
  let stop = new AbortController();
  const problem = make("p", { class: "mistake", role: "alert", hidden: "" });
  room.before(problem);
  const ask = async () => {
    clearTimeout(timer);
    const body = question(desk.program(), desk.store.state);
    const text = JSON.stringify(body);
    if (text === asked) return;
    asked = text;
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    if (body === null) {
      problem.hidden = true;
      room.classList.remove("stale");
      room.removeAttribute("aria-busy");
      return;
    }
    room.setAttribute("aria-busy", "true");
    try {
      const answer = await desk.ask(path, body, signal);
      if (signal.aborted || !isOpen()) return;
      problem.hidden = !answer.problem;
      problem.textContent = answer.problem ? messageOf(answer.problem) : "";
      room.classList.toggle("stale", Boolean(answer.problem));
      if (!answer.problem) show(answer);
      room.removeAttribute("aria-busy");
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  desk.watch((state, before) => {
    if (QUESTIONED.every((key) => state[key] === before[key])) return;
    clearTimeout(timer);
    timer = window.setTimeout(ask, wait);
  });
  ask();
  return () => {
    asked = "";
    ask();
  };
}

/** @type {(keyof State)[]} What a question may depend on. */
const QUESTIONED = ["source", "inputs", "fixed", "settings", "run", "step", "problem"];

/**
 * Return what is wrong in words for a person: a field of a request is a field on the page.
 * @param {Problem} problem
 */
export function messageOf({ detail, errors }) {
  const hint = errors?.[0]?.hint;
  const text = detail.replace(/^\/([\w/]+): /, "$1 ");
  return hint ? `${text} ${hint}` : text;
}

/** @type {Promise<Library | null> | null} */
let asked = null;

/** @param {string | undefined} address */
function library(address) {
  if (!address) return Promise.resolve(null);
  asked ??= import(address).catch(() => null);
  return asked;
}
