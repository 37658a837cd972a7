// @ts-check
/**
 * The one state of the page, and every way in which it can change. Start at `reduce`, which is pure.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Problem} Problem
 * @typedef {import("./trace.js").Step} Step
 * @typedef {import("./address.js").Place} Place
 * @typedef {import("./address.js").View} View
 * @typedef {Place & View & {
 *   run: Run | null, problem: Problem | null, pictures: Record<number, string>, stale: boolean,
 *   literals: Record<string, string | null>, playing: boolean, speed: number, forward: boolean, initial: number,
 *   narrow: boolean, texts: Record<number, Step>, folding: Folding | null, marked: string[],
 *   past: Draft[], future: Draft[], edit: {key: string, at: number} | null, traced: Traced | null,
 *   overlay: Record<string, string> | null}} State
 *   `step` null: nobody walks, all steps are done. `pictures` holds the SVG of each pass seen so far; `literals`: what
 *   the program itself gave each input when it was set; `stale`: the run is older than the program; `forward`: the last change of the cursor was one step on; `initial` counts new places.
 *   `texts`: what has been asked for of brief entries, by the steps that are done after them; `folding`: what is to be
 *   opened or folded as soon as the server answers; `marked`: the nodes that the editor's cursor stands at; `past` and
 *   `future`: what undo and redo lead to; `edit`: what was changed last, and when: more of the same is undone with it;
 *   `traced`: what an experiment marks in the picture; `overlay`: inputs that it shows instead of those of the page.
 * @typedef {{nodes: string[], edges: string[]}} Traced Edges by the ids of the picture: `n4.0`.
 * @typedef {Pick<State, "source" | "inputs" | "fixed" | "literals">} Draft What somebody typed and dragged.
 * @typedef {{key: string | null, open: boolean, from: number | null}} Folding A group, or null for all of them; `from`:
 *   the walk goes on with the entry that begins there.
 * @typedef {{type: "typed", source: string, whole?: boolean} | {type: "input", name: string, text: string | null}
 *   | {type: "walk", to: Way | number, sort?: number} | {type: "play"} | {type: "speed", speed: number}
 *   | {type: "view", view: Partial<View>} | {type: "stop", node: string} | {type: "marked", nodes: string[]}
 *   | {type: "setting", name: string, text: string | null} | {type: "traced", traced: Traced | null}
 *   | {type: "overlay", overlay: Record<string, string> | null}
 *   | {type: "lock", name: string, fixed: boolean} | {type: "undo"} | {type: "redo"}
 *   | {type: "option", option: Partial<Place>} | {type: "open", place: Place}
 *   | {type: "fold", key: string, open: boolean, from?: number} | {type: "fold-all", open: boolean}
 *   | {type: "told", run: Run, texts: Record<number, Step>}
 *   | {type: "ran", run: Run, picture: boolean} | {type: "turned", run: Run} | {type: "picture", pass: number, svg: string}
 *   | {type: "failed", problem: Problem}} Action
 * @typedef {"first" | "back" | "next" | "last" | "tick" | "finish"} Way `finish`: to the end of the phase.
 * @typedef {{state: State, dispatch: (action: Action) => void,
 *   subscribe: (listener: (state: State, before: State) => void) => void}} Store
 */

import { backPlace, isStop, nextPlace, onwardPlace, settled } from "./entries.js";
import { sortAt, sortBack, sortOnward } from "./sorting.js";
import { passAt, reachOf, stepAt } from "./trace.js";

const PAUSE = 800; // ms without a change, after which the next one is undone by itself
const PAST = 200; // changes that can be undone

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
 * Return the topological sort that one walks through at the moment, and how many of its events are done; null outside.
 * @param {Pick<State, "step" | "run" | "sorting" | "sort">} state
 */
export function sortOf(state) {
  const events = state.sorting && state.step !== null ? sortAt(state.run, cursorOf(state)) : null;
  return events && { events, done: Math.min(state.sort, events.length) };
}

/**
 * Return the state after `action`, which comes at `now`, in ms.
 * @param {State} state
 * @param {Action} action
 * @param {number} [now]
 * @returns {State}
 */
export function reduce(state, action, now = 0) {
  switch (action.type) {
    case "typed":
      return {
        ...recorded(state, "typed", now, action.whole),
        source: action.source,
        playing: false,
        forward: false,
      };
    case "input":
      return {
        ...recorded(state, `input ${action.name}`, now),
        inputs: withInput(state.inputs, action.name, action.text),
        forward: false,
      };
    case "lock":
      return {
        ...recorded(state, "", now),
        fixed: [...state.fixed.filter((name) => name !== action.name), ...(action.fixed ? [action.name] : [])],
        forward: false,
      };
    case "undo":
      return restored(state, "past", "future");
    case "redo":
      return restored(state, "future", "past");
    case "view":
      return { ...state, ...action.view, forward: false };
    case "setting":
      return { ...state, settings: withInput(state.settings, action.name, action.text), forward: false };
    case "traced":
      return { ...state, traced: action.traced };
    case "overlay":
      return { ...state, overlay: action.overlay, forward: false };
    case "marked":
      return { ...state, marked: action.nodes, forward: false };
    case "stop":
      return {
        ...state,
        stops: state.stops.includes(action.node)
          ? state.stops.filter((node) => node !== action.node)
          : [...state.stops, action.node],
        forward: false,
      };
    case "walk":
      return walk(state, action.to, action.sort ?? 0);
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
        ...recorded(state, "", now),
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
 * @returns {Draft}
 */
function draftOf({ source, inputs, fixed, literals }) {
  return { source, inputs, fixed, literals };
}

/**
 * Return the state with what is typed and dragged so far on record, unless the same goes on.
 * @param {State} state
 * @param {string} key what is changed; empty: a change of its own
 * @param {number} now
 * @param {boolean} [isWhole] whether this is undone by itself, whatever comes before and after
 * @returns {State}
 */
function recorded(state, key, now, isWhole = false) {
  const goesOn = !isWhole && key !== "" && state.edit?.key === key && now - state.edit.at < PAUSE;
  const past = goesOn ? state.past : [...state.past.slice(1 - PAST), draftOf(state)];
  return { ...state, past, future: [], edit: { key, at: isWhole ? -PAUSE : now } };
}

/**
 * @param {State} state
 * @param {"past" | "future"} from
 * @param {"past" | "future"} to
 * @returns {State}
 */
function restored(state, from, to) {
  const draft = state[from].at(-1);
  if (!draft) return state;
  const lists = { [from]: state[from].slice(0, -1), [to]: [...state[to], draftOf(state)] };
  return { ...state, ...draft, ...lists, edit: null, playing: false, forward: false };
}

/**
 * @param {State} state
 * @param {Way | number} to
 * @param {number} sort where a jump leads to in the topological sort
 * @returns {State}
 */
function walk(state, to, sort) {
  const folding = state.folding && { ...state.folding, from: null };
  const within = walkSort(state, to);
  if (within !== null) {
    const playing = to === "tick" && state.playing;
    return { ...state, step: cursorOf(state), sort: within, playing, folding, forward: to !== "back" };
  }
  const at = cursorOf(state);
  const step = destinationOf(state, to);
  const begun = to === "back" ? (sortsAt(state, step)?.length ?? 0) : sort;
  const isOn = to === "next" || to === "tick";
  const isStopped = isStop(stepAt(state.run, step) ?? { phase: "seed" }, state.stops);
  const playing = to === "tick" && step < (state.run?.step_count ?? 0) && !isStopped && state.playing;
  return { ...state, step, sort: begun, playing, folding, forward: step > at && (isOn || step === onwardOf(state)) };
}

/**
 * Return how many events of the sort are done after walking `to`, if that stays within the sort; else null.
 * @param {State} state
 * @param {Way | number} to
 */
function walkSort(state, to) {
  const sort = sortOf(state);
  if (!sort) return null;
  const { events, done } = sort;
  if (to === "back") return done > 0 ? sortBack(events, done, state.grain) : null;
  if (done === events.length) return null;
  if (to === "next" || to === "tick") return sortOnward(events, done, state.grain);
  return to === "finish" ? events.length : null;
}

/**
 * @param {State} state
 * @param {number} step
 */
function sortsAt({ run, sorting }, step) {
  return sorting ? sortAt(run, step) : null;
}

/**
 * Return how many steps are done after walking `to`.
 * @param {State} state
 * @param {Way | number} to
 */
function destinationOf(state, to) {
  const { run } = state;
  const total = run?.step_count ?? 0;
  const at = cursorOf(state);
  if (typeof to === "number") return Math.min(Math.max(to, 0), total);
  if (to === "first") return 0;
  if (to === "last") return total;
  if (to === "back") return (run && backPlace(run, at, state.grain)) ?? Math.max(at - 1, 0);
  return onwardOf(state, to === "finish" ? "phase" : state.grain);
}

/**
 * @param {State} state
 * @param {import("./address.js").Grain} [grain]
 */
function onwardOf(state, grain = state.grain) {
  const { run, step, stops } = state;
  const { highest } = reachOf(run);
  const from = step === null ? run?.first_step : cursorOf(state);
  const place = (run && onwardPlace(run, from ?? 0, grain, stops)) ?? highest + 1;
  return Math.min(place, run?.step_count ?? 0);
}

/**
 * @param {State} state
 * @returns {State}
 */
function play(state) {
  const total = state.run?.step_count ?? 0;
  if (state.playing || total === 0) return { ...state, playing: false };
  const over = cursorOf(state) === total;
  return {
    ...state,
    playing: true,
    step: over ? reachOf(state.run).lowest : state.step,
    sort: over ? 0 : state.sort,
    forward: false,
  };
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
  const kept = keptStep(state, total);
  const from = state.folding?.from ?? null;
  const step = same && from !== null ? nextPlace(run, from) : kept;
  const next = { ...state, run, problem: null, stale: false, forward: false, step, folding: null, texts: {} };
  const pictures = run.svg ? { [passAt(run, reachOf(run).highest)]: run.svg } : {}; // of the last pass that is told
  return { ...next, ...reconciled(state, run), pictures: picture ? pictures : state.pictures };
}

/**
 * Return how many steps are done in a run of `total` steps, which takes the place of the one at hand. Who was at the end
 * is at the end: half of a program, while somebody types, has few steps, and must not hold back the whole one.
 * @param {State} state
 * @param {number} total
 */
function keptStep({ step, run }, total) {
  if (step === null) return null;
  return run !== null && step >= run.step_count ? total : Math.min(step, total);
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
      this.state = reduce(before, action, performance.now());
      if (this.state !== before) for (const listener of listeners) listener(this.state, before);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
