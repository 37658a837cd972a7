// @ts-check
/**
 * What the page asks the server, and when: turns changes of the state into requests and their answers into actions.
 * Start at `mountRequests`. Of each kind one request is under way at most, and the newest wish counts.
 *
 * @typedef {import("./store.js").State} State
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Problem} Problem
 */

import { run as post } from "./api.js";
import { entriesDone, placeAfter } from "./entries.js";
import { overlaid } from "./overlay.js";
import { cursorOf, directionOf, isElsewhere } from "./store.js";
import { textsOf, wantedTexts } from "./texts.js";
import { passAt, reachOf } from "./trace.js";

/** @type {Problem} */
const NO_RUN = { detail: "The server's answer holds no run.", errors: [] };

const TYPING = 160; // ms without a key press, before a program is run
const TELLING = 60; // ms that a walk may go on, before texts are asked for

/**
 * Let the server know what is wanted, from now on.
 * @param {Store} store
 */
export function mountRequests(store) {
  const questions = new Questions(store);
  store.subscribe((state, before) => {
    const changed = (/** @type {(keyof State)[]} */ ...keys) => keys.some((key) => state[key] !== before[key]);
    if (changed("initial", "inputs", "overlay", "fixed", "direction", "style", "constants", "open")) questions.ask();
    else if (changed("source")) questions.askSoon();
    if (isElsewhere(state)) {
      if (changed("step")) questions.turn();
    } else if (changed("step", "run")) questions.draw();
    if (changed("step", "run", "texts")) questions.tellSoon();
  });
  questions.tellSoon();
  return { ask: () => questions.ask(), isDrawnAsWanted: () => questions.drawn === looksOf(store.state) };
}

/** @param {State} state */
function looksOf(state) {
  return `${directionOf(state)} ${state.style} ${state.constants}`;
}

/**
 * Return how a request says how the picture is to look.
 * @param {State} state
 */
function drawnAs(state) {
  return { direction: directionOf(state), style: state.style, constants: state.constants };
}

/**
 * Return what decides what there is, beside the numbers.
 * @param {State} state
 */
function structureOf({ source, open, fixed, direction, style, constants, initial }) {
  return JSON.stringify([source, open, fixed, direction, style, constants, initial]);
}

/**
 * @param {State} state
 * @returns {{source: string, inputs: Record<string, string>, fixed?: string[], open?: string[]}}
 */
function programOf({ source, inputs: own, overlay, fixed, open }) {
  const inputs = overlay ? { ...own, ...overlay } : own;
  return { source, inputs, ...(fixed.length ? { fixed } : {}), ...(open ? { open } : {}) };
}

/**
 * Return which step is to be told in words: the one that somebody looks at.
 * @param {State} state
 * @param {Run} run
 * @returns {{texts?: [number, number]}}
 */
function toldOf(state, run) {
  const done = state.step === null ? 0 : entriesDone(run, cursorOf(state));
  return done ? { texts: [placeAfter(run, done - 1), placeAfter(run, done)] } : {};
}

class Questions {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** What the run at hand was asked for; by now somebody may have typed something else. */
    this.answered = programOf(store.state);
    /** What the pictures at hand were drawn for. */
    this.drawn = looksOf({ ...store.state, direction: store.state.direction ?? "LR" });
    this.typing = 0;
    this.telling = 0;
    /** @type {{stop: AbortController, structure: string} | null} */
    this.asked = null;
    /** @type {AbortController | null} */
    this.turned = null;
    /** @type {{stop: AbortController, run: Run, first: number, last: number} | null} */
    this.texts = null;
  }

  askSoon() {
    clearTimeout(this.typing);
    this.typing = window.setTimeout(() => this.ask(), TYPING);
  }

  /**
   * Ask for the run of what is wanted now. If only numbers are others than those of the request under way, they follow
   * its answer: whoever drags a slider sees every answer that comes, and the last one is that of the last number.
   */
  async ask() {
    clearTimeout(this.typing);
    const { state } = this.store;
    const structure = structureOf(state);
    if (this.asked?.structure === structure) return;
    this.asked?.stop.abort();
    const mine = { stop: new AbortController(), structure };
    this.asked = mine;
    const action = await this.wanted(this.answer(state, mine.stop.signal), mine.stop.signal);
    if (this.asked !== mine) return;
    this.asked = null;
    if (action) this.store.dispatch(action);
    const { inputs, overlay, source } = this.store.state;
    if ((inputs !== state.inputs || overlay !== state.overlay) && source === state.source) this.ask();
  }

  /**
   * Return what the server's answer means.
   * @param {State} state
   * @param {AbortSignal} signal
   * @returns {Promise<import("./store.js").Action | null>}
   */
  async answer(state, signal) {
    const { run: last } = state;
    const program = programOf(state);
    const isPart = last && last.source === state.source && last.step_count > reachOf(last).highest - last.first_step;
    const part = isPart ? { step: cursorOf(state) } : {};
    const looks = looksOf(state);
    const wish = { ...program, ...part, ...drawnAs(state), svg: true };
    const isSame = last?.topology && this.drawn === looks && this.isAnswered(state);
    let answer = await post(isSame ? { ...wish, ...toldOf(state, last), known: last.topology } : wish, signal);
    let run = last && "unchanged" in answer ? overlaid(last, answer) : null;
    const fits = run !== null;
    if ("unchanged" in answer && !run) answer = await post(wish, signal);
    if (isPart && "problem" in answer && !("source" in answer)) {
      const { step, ...whole } = wish; // with these numbers there may be fewer steps
      answer = await post(whole, signal);
    }
    if (signal.aborted) return null;
    if ("problem" in answer && answer.problem) {
      return { type: "failed", problem: { ...answer.problem, source: state.source } };
    }
    if ("source" in answer) run = answer;
    if (!run) return { type: "failed", problem: NO_RUN };
    this.drawn = looks;
    this.answered = program;
    return { type: "ran", run, picture: !fits };
  }

  /**
   * Return whether the run at hand is that of this program, with the same groups open.
   * @param {State} state
   */
  isAnswered({ source, open, fixed, run }) {
    const { open: opened = null, fixed: held = [] } = this.answered;
    return source === run?.source && JSON.stringify([open, fixed]) === JSON.stringify([opened, held]);
  }

  /** Get the picture of the pass on screen, if nobody has looked at it yet. */
  async draw() {
    const { run, pictures, stale } = this.store.state;
    if (!run || stale || this.asked || run.passes.length === 0) return;
    const pass = passAt(run, cursorOf(this.store.state));
    if (pictures[pass] !== undefined || Object.keys(pictures).length === 0) return;
    const step = run.passes[pass].last;
    const answer = await post({ ...this.answered, ...drawnAs(this.store.state), svg: true, step });
    if (this.store.state.run === run && "svg" in answer && answer.svg)
      this.store.dispatch({ type: "picture", pass, svg: answer.svg });
  }

  /** Get the part of a long run that holds the moment that is wanted. */
  async turn() {
    this.turned?.abort();
    const { run, pictures, step } = this.store.state;
    if (!run || step === null || this.asked) return;
    this.turned = new AbortController();
    const { signal } = this.turned;
    const svg = pictures[passAt(run, step)] === undefined;
    const wish = { ...this.answered, ...drawnAs(this.store.state), svg, step };
    const get = async () => {
      const answer = await post(wish, signal);
      if (this.store.state.run === run && "source" in answer) this.store.dispatch({ type: "turned", run: answer });
    };
    await this.wanted(get(), signal);
  }

  tellSoon() {
    const { run, step } = this.store.state;
    if (!run || step === null || this.telling) return;
    this.telling = window.setTimeout(() => {
      this.telling = 0;
      this.tell();
    }, TELLING);
  }

  /** Get texts of the entries around the current one, if they are brief and nobody has read them yet. */
  async tell() {
    const { state } = this.store;
    const { run, step, texts } = state;
    const wanted = run && step !== null && !this.asked ? wantedTexts(run, texts, cursorOf(state)) : null;
    if (!run || !wanted || this.isTelling(run, cursorOf(state))) return;
    this.texts?.stop.abort();
    const stop = new AbortController();
    const [first, last] = wanted.map((count) => placeAfter(run, count));
    const mine = { stop, run, first, last };
    this.texts = mine;
    const wish = { ...this.answered, ...drawnAs(state), svg: false, step: cursorOf(state), texts: [first, last] };
    const get = async () => {
      const answer = await post(wish, stop.signal);
      if (!("steps" in answer) || "unchanged" in answer) return;
      this.store.dispatch({ type: "told", run, texts: textsOf(run, wanted[0], answer.steps) });
    };
    await this.wanted(get(), stop.signal);
    if (this.texts === mine) this.texts = null;
  }

  /**
   * Return whether texts of this moment are under way.
   * @param {Run} run
   * @param {number} at
   */
  isTelling(run, at) {
    return this.texts?.run === run && this.texts.first < at && at <= this.texts.last;
  }

  /**
   * Return what `work` returns; null if nobody wants it any more, which is no mistake.
   * @template T
   * @param {Promise<T>} work
   * @param {AbortSignal} signal
   * @returns {Promise<T | null>}
   */
  async wanted(work, signal) {
    try {
      return await work;
    } catch (error) {
      if (!signal.aborted) throw error;
      return null;
    }
  }
}
