// @ts-check
/**
 * The page's beginning: takes the state from the address, mounts the views, and lets changes have their effects
 * (writing the address, playing on; `requests.js` asks the server). Views are listed in `views/index.js`.
 */

import { fragmentOf, PLAIN_VIEW, placeOf, queryOf, viewOf } from "./address.js";
import { listen } from "./keys.js";
import { mountRequests } from "./requests.js";
import { LONGEST, placeIn } from "./sharing.js";
import { createStore, cursorOf, entryOf, reconciled } from "./store.js";
import { passAt } from "./trace.js";
import { mountAll } from "./views/index.js";

const STEP = 900; // ms a step, at speed 1

/** @typedef {import("./store.js").State} State */

const NOWHERE = { step: null, direction: null, style: "compact", constants: "inline", open: null, fixed: [] };

/** @returns {State} */
function initialState() {
  const given = document.getElementById("run")?.textContent ?? "null";
  /** @type {import("./trace.js").Run | null} */
  const run = JSON.parse(given);
  const field = /** @type {HTMLTextAreaElement} */ (document.querySelector("[name=source]"));
  const asked = placeOf(location.search) ?? { ...NOWHERE, inputs: firstInputs() };
  const place = /** @type {import("./address.js").Place} */ ({ ...asked, source: run?.source ?? field.value });
  const svg = document.querySelector("#canvas svg")?.outerHTML;
  const step = place.step === null ? null : Math.min(place.step, run?.step_count ?? 0);
  const state = {
    ...place,
    ...viewOf(location.hash),
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
    marked: [],
    past: [],
    future: [],
    edit: null,
    traced: null,
    overlay: null,
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

const BREATH = 120; // ms between two addresses: browsers refuse more than so many

let remembering = 0;
let written = 0;

const theme = new URLSearchParams(location.search).get("theme");

/** @param {State} state */
function addressOf(state) {
  const worn = theme && theme === document.documentElement.dataset.theme ? `&theme=${theme}` : "";
  return queryOf(placeIn(state)) + worn + fragmentOf(state);
}

/**
 * Write the address; a new place is an entry of its own, and the last one keeps the moment at which it was left.
 * @param {State | null} left the state at the place that was left, if this is another one
 */
function remember(left) {
  clearTimeout(remembering);
  const write = (/** @type {"pushState" | "replaceState"} */ how, /** @type {State} */ state) => {
    written = performance.now();
    const address = addressOf(state);
    if (address.length <= LONGEST) history[how](null, "", address); // longer ones are refused; the program is safe in the page
  };
  const wait = written + BREATH - performance.now();
  if (!left) remembering = window.setTimeout(() => write("replaceState", store.state), Math.max(wait, 0));
  else {
    if (isWritten) write("replaceState", left);
    write("pushState", store.state);
  }
  isWritten = true;
}

let isWritten = location.search !== "";

/** @type {(keyof State)[]} What the address tells. */
const REMEMBERED = [
  .../** @type {const} */ (["source", "inputs", "step", "direction", "style", "constants", "open", "fixed"]),
  .../** @type {(keyof import("./address.js").View)[]} */ (Object.keys(PLAIN_VIEW)),
];

let playing = 0;

store.subscribe((state, before) => {
  const changed = (/** @type {(keyof State)[]} */ ...keys) => keys.some((key) => state[key] !== before[key]);
  if (REMEMBERED.some((key) => state[key] !== before[key]))
    remember(changed("initial", "open", "lab") && !returning ? before : null);
  else if (changed("run") && isWritten) remember(null); // only a run tells which inputs its program has
  if (changed("playing", "step", "sort", "speed")) {
    clearTimeout(playing);
    if (state.playing)
      playing = window.setTimeout(() => store.dispatch({ type: "walk", to: "tick" }), STEP / state.speed);
  }
});

let returning = false;

addEventListener("popstate", () => {
  const place = placeOf(location.search);
  if (!place) return location.reload();
  if (isAnchor(location.hash)) return;
  const view = viewOf(location.hash);
  returning = true;
  if (queryOf(place) !== queryOf(placeIn(store.state))) store.dispatch({ type: "open", place });
  store.dispatch({ type: "view", view });
  returning = false;
});

/** @param {string} fragment */
function isAnchor(fragment) {
  return /^#[^=]+$/.test(fragment);
}

// -- the beginning ----------------------------------------------------------------------------------------------------

document.documentElement.classList.add("scripts");
showOnly(new URLSearchParams(location.hash.slice(1)).get("only"));
const { focusEditor, showHelp, groupAround, blank, toggleLab } = mountAll(document, store, ask);
listen(document, handle, () => store.state.presenting);

/** @param {import("./keys.js").Command} command */
function handle(command) {
  if (command === "edit") focusEditor();
  else if (command === "help") showHelp();
  else if (command === "play") store.dispatch({ type: "play" });
  else if (command === "open") openHere();
  else if (command === "fold") foldHere();
  else if (command === "undo" || command === "redo") store.dispatch({ type: command });
  else if (command === "present") store.dispatch({ type: "view", view: { presenting: !store.state.presenting } });
  else if (command === "leave") store.dispatch({ type: "view", view: { presenting: false } });
  else if (command === "blank") blank();
  else if (command === "lab") toggleLab();
  else store.dispatch({ type: "walk", to: command });
}

/**
 * Leave nothing on the page but one panel, if the fragment asks for that.
 * @param {string | null} id
 */
function showOnly(id) {
  let inner = id === null ? null : document.getElementById(id);
  for (; inner && inner !== document.body; inner = inner.parentElement) {
    inner.classList.add("alone");
    for (const other of inner.parentElement?.children ?? []) if (other !== inner) other.classList.add("away");
  }
}

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
