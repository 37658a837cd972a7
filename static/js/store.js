// @ts-check
/**
 * The one state of the page, and every way in which it can change. Start at `reduce`, which is pure.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Problem} Problem
 * @typedef {import("./trace.js").Step} Step
 * @typedef {import("./address.js").Place} Place
 * @typedef {Place & {
 *   run: Run | null, problem: Problem | null, pictures: Record<number, string>, stale: boolean,
 *   literals: Record<string, string | null>, playing: boolean, speed: number, forward: boolean, initial: number,
 *   narrow: boolean, texts: Record<number, Step>, folding: Folding | null}} State
 *   `step` null: nobody walks, all steps are done. `pictures` holds the SVG of each pass seen so far; `literals`: what
 *   the program itself gave each input when it was set; `stale`: the run is older than the program; `forward`: the last change of the cursor was one step on; `initial` counts new places.
 *   `texts`: what has been asked for of brief entries, by the steps that are done after them; `folding`: what is to be
 *   opened or folded as soon as the server answers.
 * @typedef {{key: string | null, open: boolean, from: number | null}} Folding A group, or null for all of them; `from`:
 *   the walk goes on with the entry that begins there.
 * @typedef {{type: "typed", source: string} | {type: "input", name: string, text: string | null}
 *   | {type: "walk", to: "first" | "back" | "next" | "last" | "tick" | number} | {type: "play"} | {type: "speed", speed: number}
 *   | {type: "option", option: Partial<Place>} | {type: "open", place: Place}
 *   | {type: "fold", key: string, open: boolean, from?: number} | {type: "fold-all", open: boolean}
 *   | {type: "told", run: Run, texts: Record<number, Step>}
 *   | {type: "ran", run: Run, picture: boolean} | {type: "turned", run: Run} | {type: "picture", pass: number, svg: string}
 *   | {type: "failed", problem: Problem}} Action
 * @typedef {{state: State, dispatch: (action: Action) => void,
 *   subscribe: (listener: (state: State, before: State) => void) => void}} Store
 */

import { nextPlace, placeBefore, settled } from "./entries.js";
import { passAt, reachOf, stepAt } from "./trace.js";

/**
 * Return where the picture leads: as chosen, else down on a phone.
 * @param {State} state
 * @returns {"LR" | "TB"}
 */
export function directionOf({ direction, narrow }) {
  return direction ?? (narrow ? "TB" : "LR");
}

/**
 * Return the number of steps that are done, as far as the run at hand reaches. Inside a folded group nothing is seen: a
 * step there counts as the moment after it.
 * @param {Pick<State, "step" | "run">} state
 */
export function cursorOf({ step, run }) {
  const { lowest, highest } = reachOf(run);
  if (step === null || run === null) return highest;
  return settled(run, Math.min(Math.max(step, lowest), highest));
}

/**
 * Return whether the moment that is wanted lies in another part of the run than the one at hand.
 * @param {Pick<State, "step" | "run">} state
 */
export function isElsewhere({ step, run }) {
  if (run === null || step === null || step > run.step_count) return false;
  return step > reachOf(run).highest || (step <= run.first_step && run.first_step > 0);
}

/**
 * Return the entry that leads to the moment on screen, with its texts as far as they are known.
 * @param {Pick<State, "step" | "run" | "texts">} state
 * @returns {Step | null}
 */
export function entryOf(state) {
  const at = cursorOf(state);
  return state.texts[at] ?? stepAt(state.run, at);
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
    case "fold":
      return folding(state, action.key, action.open, action.from ?? null);
    case "fold-all":
      return foldingAll(state, action.open);
    case "told":
      return action.run === state.run
        ? { ...state, texts: { ...state.texts, ...action.texts }, forward: false }
        : state;
    case "open":
      return {
        ...state,
        ...action.place,
        literals: {},
        folding: null,
        playing: false,
        forward: false,
        initial: state.initial + 1,
      };
    case "ran":
      return ran(state, action.run, action.picture);
    case "turned":
      return turned(state, action.run);
    case "picture":
      return { ...state, pictures: { ...state.pictures, [action.pass]: action.svg } };
    case "failed":
      return { ...state, problem: action.problem, stale: state.run !== null, playing: false, folding: null };
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
  const here = (state.run && nextPlace(state.run, state.step === null ? state.run.first_step : at)) ?? highest + 1;
  const onward = Math.min(here, total);
  const back = (state.run && placeBefore(state.run, at)) ?? Math.max(at - 1, 0);
  const places = { first: lowest, back, next: onward, last: highest, tick: onward };
  const step = typeof to === "number" ? Math.min(Math.max(to, 0), total) : places[to];
  const playing = to === "tick" && step < total && state.playing;
  const folding = state.folding && { ...state.folding, from: null };
  return { ...state, step, playing, folding, forward: step === onward && step > at };
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
 * Open or fold one group, among those that are on screen.
 * @param {State} state
 * @param {string} key
 * @param {boolean} open
 * @param {number | null} from
 * @returns {State}
 */
function folding(state, key, open, from) {
  const others = openOf(state).filter((each) => each !== key);
  const wanted = open ? [...others, key] : others;
  return { ...state, open: wanted, folding: { key, open, from }, playing: false, forward: false };
}

/**
 * @param {State} state
 * @param {boolean} open
 * @returns {State}
 */
function foldingAll(state, open) {
  const folding = { key: null, open, from: null };
  return { ...state, open: open ? ["*"] : [], folding, playing: false, forward: false };
}

/**
 * Return the keys of the groups that are open on screen, or will be as soon as the server answers.
 * @param {State} state
 */
function openOf({ open, folding, run }) {
  if (folding && open && !open.includes("*")) return open;
  return (run?.groups ?? []).filter((group) => group.open).map(({ key }) => key);
}

/**
 * @param {State} state
 * @param {Run} run
 * @param {boolean} picture whether it came with its picture; else those that are there fit it
 * @returns {State}
 */
function ran(state, run, picture) {
  const total = run.step_count;
  const same = total === state.run?.step_count || state.run === null;
  const kept = state.step !== null && same ? Math.min(state.step, total) : null;
  const from = state.folding?.from ?? null;
  const step = same && from !== null ? nextPlace(run, from) : kept;
  const next = { ...state, run, problem: null, stale: false, forward: false, step, folding: null, texts: {} };
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
  return { ...state, run: { ...run, svg: undefined }, pictures, texts: {}, forward: false };
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
