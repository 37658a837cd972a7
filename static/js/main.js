// @ts-check
/**
 * The page's beginning: takes the state from the address, mounts the views, and lets changes have their effects
 * (writing the address, playing on; `requests.js` asks the server). Views are listed in `views/index.js`.
 */

import { placeOf, queryOf } from "./address.js";
import { listen } from "./keys.js";
import { mountRequests } from "./requests.js";
import { createStore, cursorOf, entryOf, reconciled } from "./store.js";
import { passAt } from "./trace.js";
import { mountAll } from "./views/index.js";

const STEP = 900; // ms a step, at speed 1

/** @typedef {import("./store.js").State} State */

const NOWHERE = { step: null, direction: null, style: "compact", open: null };

/** @returns {State} */
function initialState() {
  const given = document.getElementById("run")?.textContent ?? "null";
  /** @type {import("./trace.js").Run | null} */
  const run = JSON.parse(given);
  const field = /** @type {HTMLTextAreaElement} */ (document.querySelector("#editor textarea"));
  const asked = placeOf(location.search) ?? { ...NOWHERE, inputs: firstInputs() };
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
    texts: {},
    folding: null,
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

const { ask, isDrawnAsWanted } = mountRequests(store);

// -- effects ----------------------------------------------------------------------------------------------------------

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
  if (changed("source", "inputs", "step", "direction", "style", "open")) remember(changed("initial") && !returning);
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
const { focusEditor, showHelp, groupAround } = mountAll(document, store, ask);
listen(document, (command) => {
  if (command === "edit") focusEditor();
  else if (command === "help") showHelp();
  else if (command === "play") store.dispatch({ type: "play" });
  else if (command === "open") openHere();
  else if (command === "fold") foldHere();
  else store.dispatch({ type: "walk", to: command });
});

/** Open the group that the current entry passes over, and walk on inside. */
function openHere() {
  const entry = store.state.step === null ? null : entryOf(store.state);
  if (entry?.group) store.dispatch({ type: "fold", key: entry.group, open: true, from: entry.first });
}

/** Fold the innermost open group around the current step, or around the folded group that it passes over. */
function foldHere() {
  const { run, step } = store.state;
  const entry = step === null ? null : entryOf(store.state);
  if (!entry) return;
  const inner = run?.groups?.find((group) => group.key === entry.group);
  const key = inner ? inner.parent : groupAround(entry.node ?? "");
  if (key !== null) store.dispatch({ type: "fold", key, open: false });
}

const broken = !(document.querySelector("#problem")?.hasAttribute("hidden") ?? true);
if (broken || !isDrawnAsWanted()) ask();
