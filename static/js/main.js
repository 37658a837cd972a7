// @ts-check
/**
 * The page's beginning: takes the state from the address, mounts the views, and lets changes have their effects
 * (asking the server, writing the address, playing on). Views are listed in `views/index.js`.
 */

import { placeOf, queryOf } from "./address.js";
import { run } from "./api.js";
import { listen } from "./keys.js";
import { createStore, cursorOf, directionOf, isElsewhere, reconciled } from "./store.js";
import { passAt, shapeOf } from "./trace.js";
import { mountAll } from "./views/index.js";

const TYPING = 160; // ms without a key press, before a program is run
const STEP = 900; // ms a step, at speed 1

/** @typedef {import("./store.js").State} State */

/** @returns {State} */
function initialState() {
  const given = document.getElementById("run")?.textContent ?? "null";
  /** @type {import("./trace.js").Run | null} */
  const run = JSON.parse(given);
  const field = /** @type {HTMLTextAreaElement} */ (document.querySelector("#editor textarea"));
  const asked = placeOf(location.search) ?? { inputs: firstInputs(), step: null, direction: null, style: "compact" };
  const place = /** @type {import("./address.js").Place} */ ({ ...asked, source: run?.source ?? field.value });
  const svg = document.querySelector("#canvas svg")?.outerHTML;
  const step = place.step === null ? null : Math.min(place.step, run?.step_count ?? 0);
  const state = {
    ...place,
    step,
    run,
    problem: null,
    pictures: {},
    literals: {},
    stale: false,
    playing: false,
    speed: 1,
    forward: false,
    initial: 0,
    narrow: matchMedia("(max-width: 799px) and (orientation: portrait)").matches,
  };
  if (run) Object.assign(state, reconciled(state, run));
  return { ...state, pictures: run && svg ? { [passAt(run, cursorOf(state))]: svg } : {} };
}

/** The server wrote the values of the first example into fields. */
function firstInputs() {
  const inputs = Object.create(null);
  for (const field of document.querySelectorAll("#leaves input")) {
    if (field instanceof HTMLInputElement) inputs[field.name.replace(/^in\./, "")] = field.value;
  }
  return inputs;
}

const store = createStore(initialState());

// -- effects ----------------------------------------------------------------------------------------------------------

/** @type {AbortController | null} */
let asking = null;
let typing = 0;

/** Ask for the run of what is typed now; an answer to an older question is not wanted any more. */
async function ask() {
  clearTimeout(typing);
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const { source, inputs, run: last, style } = store.state;
  const same =
    last !== null && source === last.source && Object.keys(store.state.pictures).length > 0 && drawn === looks();
  const part = last !== null && last.step_count > last.steps.length ? { step: cursorOf(store.state) } : {};
  const request = { source, inputs, direction: directionOf(store.state), style, ...part };
  try {
    let answer = await run({ ...request, svg: !same }, signal);
    const fits = same && "nodes" in answer && shapeOf(answer) === shapeOf(/** @type {any} */ (last));
    if (same && "nodes" in answer && !answer.problem && !fits) answer = await run({ ...request, svg: true }, signal);
    if (signal.aborted) return;
    asking = null;
    if (answer.problem || !("nodes" in answer)) {
      store.dispatch({ type: "failed", problem: /** @type {import("./trace.js").Problem} */ (answer.problem) });
      return;
    }
    drawn = looks();
    answered = { source, inputs };
    store.dispatch({ type: "ran", run: answer, picture: !fits });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** What the run at hand was asked for; by now somebody may have typed something else. */
let answered = { source: store.state.source, inputs: store.state.inputs };

/** What the pictures at hand were drawn for. */
let drawn = `${store.state.direction ?? "LR"} ${store.state.style}`;

function looks() {
  return `${directionOf(store.state)} ${store.state.style}`;
}

/** Get the picture of the pass on screen, if nobody has looked at it yet. */
async function draw() {
  const { run: current, pictures, style, stale } = store.state;
  if (!current || stale || asking || current.passes.length === 0) return;
  const pass = passAt(current, cursorOf(store.state));
  if (pictures[pass] !== undefined || Object.keys(pictures).length === 0) return;
  const step = current.passes[pass].last;
  const answer = await run({ ...answered, svg: true, direction: directionOf(store.state), style, step });
  if (store.state.run === current && "svg" in answer && answer.svg)
    store.dispatch({ type: "picture", pass, svg: answer.svg });
}

/** @type {AbortController | null} */
let turning = null;

/** Get the part of a long run that holds the moment that is wanted. */
async function turn() {
  turning?.abort();
  turning = new AbortController();
  const { signal } = turning;
  const { run: current, pictures, style, step } = store.state;
  if (!current || step === null || asking) return;
  const svg = pictures[passAt(current, step)] === undefined;
  try {
    const answer = await run({ ...answered, svg, direction: directionOf(store.state), style, step }, signal);
    if (store.state.run === current && "nodes" in answer) store.dispatch({ type: "turned", run: answer });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

let remembering = 0;

/** @param {boolean} push */
function remember(push) {
  clearTimeout(remembering);
  const write = () => {
    const query = queryOf(store.state);
    if (query.length > 16_000) return; // longer ones are refused; the program is safe in the page
    if (push) history.pushState(null, "", query);
    else history.replaceState(null, "", query);
  };
  if (push) write();
  else remembering = window.setTimeout(write, 120);
}

let playing = 0;

store.subscribe((state, before) => {
  const changed = (/** @type {(keyof State)[]} */ ...keys) => keys.some((key) => state[key] !== before[key]);
  if (changed("initial", "inputs", "direction", "style")) ask();
  else if (changed("source")) {
    clearTimeout(typing);
    typing = window.setTimeout(ask, TYPING);
  }
  if (isElsewhere(state)) {
    if (changed("step")) turn();
  } else if (changed("step", "run")) draw();
  if (changed("source", "inputs", "step", "direction", "style")) remember(changed("initial") && !returning);
  if (changed("playing", "step", "speed")) {
    clearTimeout(playing);
    if (state.playing)
      playing = window.setTimeout(() => store.dispatch({ type: "walk", to: "tick" }), STEP / state.speed);
  }
});

let returning = false;

addEventListener("popstate", () => {
  const place = placeOf(location.search);
  if (!place) return location.reload();
  returning = true;
  store.dispatch({ type: "open", place });
  returning = false;
});

// -- the beginning ----------------------------------------------------------------------------------------------------

document.documentElement.classList.add("scripts");
const { focusEditor, showHelp } = mountAll(document, store, ask);
listen(document, (command) => {
  if (command === "edit") focusEditor();
  else if (command === "help") showHelp();
  else if (command === "play") store.dispatch({ type: "play" });
  else store.dispatch({ type: "walk", to: command });
});
const broken = !(document.querySelector("#problem")?.hasAttribute("hidden") ?? true);
if (broken || drawn !== looks()) ask();
