// @ts-check
/**
 * The one state of the page, and every way in which it can change. Start at `reduce`, which is pure.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Problem} Problem
 * @typedef {import("./address.js").Place} Place
 * @typedef {Place & {
 *   run: Run | null, problem: Problem | null, pictures: Record<number, string>, stale: boolean,
 *   literals: Record<string, string | null>, playing: boolean, speed: number, forward: boolean, initial: number, narrow: boolean}} State
 *   `step` null: nobody walks, all steps are done. `pictures` holds the SVG of each pass seen so far; `literals`: what
 *   the program itself gave each input when it was set; `stale`: the run is older than the program; `forward`: the last change of the cursor was one step on; `initial` counts new places.
 * @typedef {{type: "typed", source: string} | {type: "input", name: string, text: string | null}
 *   | {type: "walk", to: "first" | "back" | "next" | "last" | "tick" | number} | {type: "play"} | {type: "speed", speed: number}
 *   | {type: "option", option: Partial<Place>} | {type: "open", place: Place}
 *   | {type: "ran", run: Run, picture: boolean} | {type: "turned", run: Run} | {type: "picture", pass: number, svg: string}
 *   | {type: "failed", problem: Problem}} Action
 * @typedef {{state: State, dispatch: (action: Action) => void,
 *   subscribe: (listener: (state: State, before: State) => void) => void}} Store
 */

import { passAt, reachOf } from "./trace.js";

/**
 * Return where the picture leads: as chosen, else down on a phone.
 * @param {State} state
 * @returns {"LR" | "TB"}
 */
export function directionOf({ direction, narrow }) {
  return direction ?? (narrow ? "TB" : "LR");
}

/**
 * Return the number of steps that are done, as far as the run at hand reaches.
 * @param {Pick<State, "step" | "run">} state
 */
export function cursorOf({ step, run }) {
  const { lowest, highest } = reachOf(run);
  return step === null ? highest : Math.min(Math.max(step, lowest), highest);
}

/**
 * Return whether the moment that is wanted lies in another part of the run than the one at hand.
 * @param {State} state
 */
export function isElsewhere({ step, run }) {
  return run !== null && step !== null && step <= run.step_count && cursorOf({ step, run }) !== step;
}

/**
 * Return the state after `action`.
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "typed":
      return { ...state, source: action.source, playing: false, forward: false };
    case "input":
      return { ...state, inputs: withInput(state.inputs, action.name, action.text), forward: false };
    case "walk":
      return walk(state, action.to);
    case "play":
      return play(state);
    case "speed":
      return { ...state, speed: action.speed };
    case "option":
      return { ...state, ...action.option, forward: false };
    case "open":
      return { ...state, ...action.place, literals: {}, playing: false, forward: false, initial: state.initial + 1 };
    case "ran":
      return ran(state, action.run, action.picture);
    case "turned":
      return turned(state, action.run);
    case "picture":
      return { ...state, pictures: { ...state.pictures, [action.pass]: action.svg } };
    case "failed":
      return { ...state, problem: action.problem, stale: state.run !== null, playing: false };
  }
}

/**
 * @param {Record<string, string>} inputs
 * @param {string} name
 * @param {string | null} text null: what the program says
 */
function withInput(inputs, name, text) {
  const result = Object.assign(Object.create(null), inputs);
  if (text === null) delete result[name];
  else result[name] = text;
  return result;
}

/**
 * @param {State} state
 * @param {"first" | "back" | "next" | "last" | "tick" | number} to
 * @returns {State}
 */
function walk(state, to) {
  const at = cursorOf(state);
  const total = state.run?.step_count ?? 0;
  const { lowest, highest } = reachOf(state.run);
  const begin = Math.min((state.run?.first_step ?? 0) + 1, total);
  const onward = state.step === null ? begin : Math.min(at + 1, total);
  const places = { first: lowest, back: Math.max(at - 1, 0), next: onward, last: highest, tick: onward };
  const step = typeof to === "number" ? Math.min(Math.max(to, 0), total) : places[to];
  const playing = to === "tick" && step < total && state.playing;
  return { ...state, step, playing, forward: step === at + 1 };
}

/**
 * @param {State} state
 * @returns {State}
 */
function play(state) {
  const total = state.run?.step_count ?? 0;
  if (state.playing || total === 0) return { ...state, playing: false };
  const over = cursorOf(state) === total;
  return { ...state, playing: true, step: over ? reachOf(state.run).lowest : state.step, forward: false };
}

/**
 * @param {State} state
 * @param {Run} run
 * @param {boolean} picture whether it came with its picture; else those that are there fit it
 * @returns {State}
 */
function ran(state, run, picture) {
  const total = run.step_count;
  const step = state.step !== null && (total === state.run?.step_count || state.run === null) ? state.step : null;
  const next = { ...state, run, problem: null, stale: false, forward: false, step: step && Math.min(step, total) };
  const pictures = run.svg ? { [passAt(run, reachOf(run).highest)]: run.svg } : {}; // of the last pass that is told
  return { ...next, ...reconciled(state, run), pictures: picture ? pictures : state.pictures };
}

/**
 * Return the state with another part of the same run at hand.
 * @param {State} state
 * @param {Run} run
 * @returns {State}
 */
function turned(state, run) {
  const pass = passAt(run, reachOf(run).highest);
  const pictures = run.svg ? { ...state.pictures, [pass]: run.svg } : state.pictures;
  return { ...state, run: { ...run, svg: undefined }, pictures, forward: false };
}

/**
 * Return inputs and literals as a run leaves them. Whoever types another number for a leaf means that number: an input
 * that was set before gives way.
 * @param {{inputs: Record<string, string>, literals: Record<string, string | null>}} state
 * @param {Run} run
 */
export function reconciled({ inputs, literals }, run) {
  /** @type {{inputs: Record<string, string>, literals: Record<string, string | null>}} */
  const result = { inputs, literals: Object.create(null) };
  for (const name of Object.keys(inputs)) if (name in literals) result.literals[name] = literals[name];
  for (const { name, adjustable, literal } of run.nodes) {
    if (name === null || !adjustable || !(name in inputs)) continue;
    if (name in literals && literals[name] !== literal) {
      result.inputs = withInput(result.inputs, name, null);
      delete result.literals[name];
    } else result.literals[name] = literal;
  }
  return result;
}

/**
 * Return a store: its state changes by actions alone, and listeners hear of every change.
 * @param {State} initial
 * @returns {Store}
 */
export function createStore(initial) {
  /** @type {((state: State, before: State) => void)[]} */
  const listeners = [];
  return {
    state: initial,
    dispatch(action) {
      const before = this.state;
      this.state = reduce(before, action);
      if (this.state !== before) for (const listener of listeners) listener(this.state, before);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
