// @ts-check
/** The graph: puts the picture of the pass in place, lets it show the moment, and folds what somebody presses. */

import { disable, find, isDisabled, oncePerFrame } from "../dom.js";
import { matched } from "../matching.js";
import { momentOfBundle, momentOfEdge, momentOfNode } from "../moments.js";
import { keyOf } from "../player.js";
import { cursorOf, directionOf } from "../store.js";
import { passAt, stepAt } from "../trace.js";
import { Camera } from "./camera.js";
import { FLIGHT, Flight } from "./flight.js";
import { Marks } from "./marks.js";
import { Partials } from "./partials.js";
import { Picture } from "./picture.js";
import { Roving } from "./roving.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../trace.js").Run} Run
 */

const HURRY = 200; // ms between two steps, below which nothing moves smoothly
const SHEET = "(max-width: 799px) and (min-height: 561px)"; // there a card is a sheet at the lower edge, as card.css says
const PATIENCE = 150; // ms, before a group shows that it is being opened or folded

/**
 * @param {Document} page
 * @param {Store} store
 */
export function mount(page, store) {
  const panel = find(page, "#graph-panel");
  const scene = new Scene(page, store);
  const { camera, canvas, picture } = scene;
  mountTools(page, store, camera);
  mountMenus(panel);
  mountPresses(canvas, store, scene);
  let walked = 0;
  let isHurried = false;
  const follow = oncePerFrame(() => camera.reveal(picture.placesToSee(), !isHurried));
  const followSort = oncePerFrame(() => camera.reveal([[...canvas.querySelectorAll(".here")]]));
  scene.landed = () => store.state.step !== null && follow(); // on their way things are nowhere
  const showMoment = (/** @type {State} */ state, /** @type {boolean} */ walks) => {
    if (!state.run) return;
    const at = cursorOf(state);
    const step = state.step === null ? null : stepAt(state.run, at);
    picture.paint(state.run, at);
    picture.point(step);
    isHurried = walks && performance.now() - walked < HURRY;
    if (walks) walked = performance.now();
    if (step && state.forward && walks && !isHurried) picture.pulse(step, state.speed);
    if (state.step !== null) follow();
  };
  store.subscribe((state, before) => {
    if (state.stale !== before.stale || state.pictures !== before.pictures) showStale(panel, state);
    if (state.folding !== before.folding) showBusy(panel, picture, state.folding);
    if (state.run !== before.run || state.step !== before.step || state.pictures !== before.pictures) {
      scene.showPicture(state, before);
      showMoment(state, state.step !== before.step);
      showFolds(panel, state);
    }
    scene.showChosen(state, before);
    if (state.sort !== before.sort) followSort();
    if (state.run !== before.run && before.run) keepChosen(store, before.run);
  });
  const card = find(page, "#card");
  new ResizeObserver(() => makeRoom(card, scene, store.state.look)).observe(card);
  showStale(panel, store.state);
  scene.showPicture(store.state, null);
  showMoment(store.state, false);
  showFolds(panel, store.state);
  scene.showChosen(store.state, null);
  return { groupAround: (/** @type {string} */ node) => picture.groupAround(node) };
}

/** All that the canvas holds, in one place. */
class Scene {
  /**
   * @param {Document} page
   * @param {Store} store
   */
  constructor(page, store) {
    this.panel = find(page, "#graph-panel");
    this.canvas = find(page, "#canvas");
    this.camera = new Camera(this.canvas);
    this.picture = new Picture(this.canvas);
    this.marks = new Marks(this.picture);
    this.partials = new Partials(this.canvas, this.picture);
    this.roving = new Roving(this.canvas, find(page, "#node-words"), this.picture, () => ({
      run: store.state.run,
      cursor: cursorOf(store.state),
      direction: directionOf(store.state),
    }));
    /** What is to be done when nodes have come to their new places. */
    this.landed = /** @type {() => unknown} */ (() => {});
    /** @type {State | null} What the marks show; null: nothing, for another picture has come. */
    this.chosen = null;
  }

  /**
   * Put the picture of the moment in place, if it is another one.
   * @param {State} state
   * @param {State | null} before
   */
  showPicture(state, before) {
    const svg = state.run ? state.pictures[passAt(state.run, cursorOf(state))] : undefined;
    find(this.panel, "#no-picture").hidden = !state.run || svg !== undefined || state.run.step_count === 0;
    if (!this.picture.isOther(svg)) return;
    const isSameProgram = before?.run === state.run;
    const flies =
      before?.run && svg !== undefined && !before.folding && !isSameProgram && before.initial === state.initial;
    const flight = flies && before.run ? new Flight(this.picture, before.run) : null;
    const pairs = before?.run && state.run && !isSameProgram ? matched(before.run.nodes, state.run.nodes) : null;
    this.exchange(svg, before?.folding ?? null, (key) => newKey(pairs, key));
    if (flight && state.run) flight.land(this.picture, state.run, this.camera.view.scale);
    if (flight) setTimeout(() => this.landed(), FLIGHT + 50);
  }

  /**
   * Put another picture in place. Where a group was opened or folded, it stays where one pressed it; the focus stays at
   * what it was at.
   * @param {string | undefined} svg
   * @param {State["folding"]} folding
   * @param {(key: string) => string} renamed what a node is called in the new picture
   */
  exchange(svg, folding, renamed) {
    const { camera, canvas, picture, roving } = this;
    const outline = picture.outlineOf(folding?.key ?? null);
    const place = outline && camera.placeOf(outline);
    const holder = document.activeElement?.closest("#canvas svg *, [data-open]");
    const pressed = folding?.key ? keyOf(folding.key) : null;
    const focused = roving.keyAt(holder ?? null) ?? pressed;
    const wanted = renamed(focused ?? roving.current);
    picture.insert(svg);
    this.marks.forget();
    this.partials.forget();
    this.chosen = null;
    roving.adopt(wanted);
    if (svg !== undefined) {
      const element = picture.outlineOf(folding?.key ?? null);
      camera.watch(find(canvas, "svg"), element && place && { element, place }, this.start());
    }
    if (holder) (roving.stations.get(wanted) ?? canvas).focus({ preventScroll: true });
  }

  /** Return where one begins to read: at the output. */
  start() {
    const { width, height } = sizeOf(find(this.canvas, "svg"));
    const middle = this.picture.places().get(this.roving.output());
    return middle ? { x: middle.x / width, y: middle.y / height } : { x: 1, y: 0.5 };
  }

  /**
   * Show what somebody has chosen: breakpoints, the card's node, what the editor's cursor stands at, texts of edges.
   * @param {State} state
   * @param {State | null} before
   */
  showChosen(state, before) {
    const last = this.chosen && before;
    const changed = (/** @type {(keyof State)[]} */ ...keys) => keys.some((key) => state[key] !== last?.[key]);
    if (changed("stops")) this.marks.stops(state.stops);
    if (changed("marked")) this.marks.marked(state.marked);
    if (changed("look")) this.marks.looked(state.run, state.look);
    if (changed("presenting")) this.camera.showFor(state.presenting && !state.narrow);
    if (changed("labels", "run")) this.partials.show(state.labels ? state.run : null);
    this.chosen = state;
  }
}

/** @param {Element} svg */
function sizeOf(svg) {
  return { width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };
}

/**
 * Return what a node of before is called now.
 * @param {Map<string, string> | null} pairs old ids by new ones
 * @param {string} key
 */
function newKey(pairs, key) {
  return [...(pairs ?? [])].find(([, old]) => old === key)?.[0] ?? key;
}

/**
 * Let what is chosen follow its nodes: another program may call them otherwise.
 * @param {Store} store
 * @param {Run} before
 */
function keepChosen(store, before) {
  const { run, look, stops } = store.state;
  if (!run || run.topology === before.topology || (look === null && stops.length === 0)) return;
  const pairs = matched(before.nodes, run.nodes);
  const now = (/** @type {string} */ key) => [...pairs].find(([, old]) => old === key)?.[0];
  const isHidden = (/** @type {string} */ key) => !before.nodes.some(({ id }) => id === key);
  const kept = (/** @type {string[]} */ keys) => keys.flatMap((key) => now(key) ?? (isHidden(key) ? key : []));
  const view = { look: kept(look === null ? [] : [look])[0] ?? null, stops: kept(stops) };
  queueMicrotask(() => {
    if (store.state.run === run) store.dispatch({ type: "view", view });
  });
}

/**
 * Let the node of a card be seen above the card, where that is a sheet at the lower edge.
 * @param {HTMLElement} card
 * @param {Scene} scene
 * @param {string | null} look
 */
function makeRoom(card, { camera, canvas, picture }, look) {
  const isSheet = !card.hidden && matchMedia(SHEET).matches;
  const top = isSheet ? card.getBoundingClientRect().top : Number.POSITIVE_INFINITY;
  camera.covered = Math.max(canvas.getBoundingClientRect().bottom - top, 0);
  const element = look === null ? undefined : picture.parts.get(look)?.element;
  if (isSheet && element) camera.reveal([[element]]);
}

/**
 * @param {HTMLElement} panel
 * @param {State} state
 */
function showStale(panel, { stale, pictures, run, source }) {
  const isOld = stale && Object.keys(pictures).length > 0;
  panel.classList.toggle("stale", isOld);
  const caption = find(panel, "#stale");
  caption.hidden = !isOld;
  if (!isOld) return;
  const what = run?.source === source ? "what ran before the mistake" : "the last program that ran";
  caption.textContent = `The picture shows ${what}.`;
}

// -- tools ------------------------------------------------------------------------------------------------------------

/**
 * @param {Document} page
 * @param {Store} store
 * @param {Camera} camera
 */
function mountTools(page, store, camera) {
  find(page, "#zoom-in").addEventListener("click", () => camera.zoom(1.25));
  find(page, "#zoom-out").addEventListener("click", () => camera.zoom(0.8));
  find(page, "#zoom-fit").addEventListener("click", () => camera.fit(true, true));
  for (const id of ["#open-all", "#fold-all"]) {
    const button = find(page, id);
    button.addEventListener("click", () => {
      if (!isDisabled(button)) store.dispatch({ type: "fold-all", open: id === "#open-all" });
    });
  }
  for (const option of /** @type {const} */ (["direction", "style", "constants"])) {
    const select = /** @type {HTMLSelectElement} */ (find(page, `select[name=${option}]`));
    if (option === "direction") select.value = directionOf(store.state);
    select.addEventListener("change", () => store.dispatch({ type: "option", option: { [option]: select.value } }));
    store.subscribe((state, before) => {
      const value = state[option];
      if (value && value !== before[option]) select.value = value;
    });
  }
  const labels = /** @type {HTMLInputElement} */ (find(page, "#edge-labels"));
  labels.checked = store.state.labels;
  labels.addEventListener("change", () => store.dispatch({ type: "view", view: { labels: labels.checked } }));
  store.subscribe((state) => {
    labels.checked = state.labels;
  });
}

/**
 * Menus close at Escape, and as soon as one presses anything else.
 * @param {HTMLElement} panel
 */
function mountMenus(panel) {
  for (const menu of panel.querySelectorAll("details.menu")) {
    menu.addEventListener("keydown", (event) => {
      if (!(event instanceof KeyboardEvent) || event.key !== "Escape" || !menu.hasAttribute("open")) return;
      event.preventDefault();
      menu.removeAttribute("open");
      find(menu, "summary").focus();
    });
    document.addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !menu.contains(target)) menu.removeAttribute("open");
    });
  }
}

/**
 * @param {HTMLElement} panel
 * @param {State} state
 */
function showFolds(panel, { run }) {
  const groups = run?.groups ?? [];
  find(panel, "#folds").hidden = groups.length === 0;
  disable(
    find(panel, "#open-all"),
    groups.every(({ open }) => open),
  );
  disable(find(panel, "#fold-all"), !groups.some(({ open }) => open));
}

// -- presses ----------------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} canvas
 * @param {Store} store
 * @param {Scene} scene
 */
function mountPresses(canvas, store, { camera, roving }) {
  canvas.addEventListener("click", (event) => {
    if (camera.dragged) return;
    if (fold(store, event) || goAlong(store, event.target)) return;
    const key = roving.keyAt(event.target);
    if (key !== null || store.state.look !== null) store.dispatch({ type: "view", view: { look: key } });
  });
  canvas.addEventListener("dblclick", ({ target }) => {
    const key = roving.keyAt(target);
    if (key === null || !store.state.run) return;
    const moment = momentOfNode(store.state.run, key, passOf(store.state));
    if (moment !== null) store.dispatch({ type: "walk", to: moment });
  });
  canvas.addEventListener("mousedown", (event) => {
    const key = event.target instanceof Element && event.target.closest("g.node") && roving.keyAt(event.target);
    if (!key) return;
    event.preventDefault(); // arrow keys still take steps; Tab leads on to the node
    roving.moveTo(key);
    canvas.classList.add("pressed"); // the pointer says where one is: no ring around all of it
    canvas.focus({ preventScroll: true });
  });
  for (const end of ["keydown", "blur"]) canvas.addEventListener(end, () => canvas.classList.remove("pressed"));
  canvas.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    if (!isPlain || (event.key !== "Enter" && event.key !== " ") || fold(store, event)) return;
    const key = roving.keyAt(event.target);
    if (key === null) return;
    event.preventDefault();
    store.dispatch({ type: "view", view: { look: key } });
  });
  canvas.addEventListener("focusin", ({ target }) => {
    if (target instanceof SVGElement && target.matches(":focus-visible")) camera.reveal([[target]]);
  });
}

/** @param {State} state */
function passOf(state) {
  return state.run ? passAt(state.run, cursorOf(state)) : 0;
}

/**
 * Go to the moment at which the contribution along an edge arrives; return whether there is an edge.
 * @param {Store} store
 * @param {EventTarget | null} target
 */
function goAlong(store, target) {
  const { state } = store;
  const edge = target instanceof Element ? target.closest("g.edge") : null;
  if (!edge || !state.run) return false;
  const [tail, head] = [edge.getAttribute("data-tail"), edge.getAttribute("data-head")];
  const [node, slot] = edge.id.split(".");
  const pass = passOf(state);
  const moment =
    tail !== null && head !== null
      ? momentOfBundle(state.run, tail, head, pass)
      : momentOfEdge(state.run, node, Number(slot), pass);
  if (moment !== null) store.dispatch({ type: "walk", to: moment });
  return true;
}

/**
 * Fold or open the group whose box or grip is pressed; return whether there is one.
 * @param {Store} store
 * @param {Event} event
 */
function fold(store, event) {
  const handle = event.target instanceof Element ? event.target.closest(".group.folded, .group.open .fold") : null;
  const group = handle?.closest("[data-group]");
  if (!group) return false;
  event.preventDefault();
  const key = group.getAttribute("data-group") ?? "";
  store.dispatch({ type: "fold", key, open: group.classList.contains("folded") });
  return true;
}

let waiting = 0;

/**
 * Let a group show that it is being opened or folded, unless that is over in no time.
 * @param {HTMLElement} panel
 * @param {Picture} picture
 * @param {State["folding"]} folding
 */
function showBusy(panel, picture, folding) {
  clearTimeout(waiting);
  for (const element of panel.querySelectorAll(".busy")) element.classList.remove("busy");
  if (!folding) return;
  const element = (folding.key !== null && picture.groups.get(folding.key)) || find(panel, "#canvas");
  waiting = window.setTimeout(() => element.classList.add("busy"), PATIENCE);
}
