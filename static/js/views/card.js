// @ts-check
/**
 * The card of a node: all there is to know of it, beside it. A pointer that rests on a node shows it; a press pins it, so
 * do Enter and Space. Start at `mount`.
 *
 * @typedef {import("../store.js").State} State
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../trace.js").Run} Run
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {import("../trace.js").Node} Node
 * @typedef {import("../api.js").Card} Card
 */

import { card as ask } from "../api.js";
import { beside, shared } from "../beside.js";
import { disable, find, isDisabled, make, oncePerFrame } from "../dom.js";
import { fill } from "../markup.js";
import { momentOfNode } from "../moments.js";
import { faceAt, nodeOf } from "../player.js";
import { cursorOf } from "../store.js";
import { passAt } from "../trace.js";

const REST = 250; // ms that a pointer rests on a node, before its card comes
const GRACE = 300; // ms to get from a node into its card
const CALM = 120; // ms without another run, before the server is asked
const MOST = 30; // nodes that are used by many lead to lines that a card makes way for
const MANY = 300; // nodes of a picture, above which a card makes way for those around it alone
const MARGIN = 8; // px between a card and the panel's border
const TALLEST = 416; // px, as card.css says
const PARTS = [1, 0.75, 0.6]; // of its height that a card may have, if it covers no node then
const LOWEST = 200; // px
const SHEET = "(max-width: 799px) and (min-height: 561px)"; // there a card is a sheet at the lower edge, as card.css says

/**
 * @param {Document} page
 * @param {Store} store
 */
export function mount(page, store) {
  new CardView(page, store);
}

class CardView {
  /**
   * @param {Document} page
   * @param {Store} store
   */
  constructor(page, store) {
    this.store = store;
    this.canvas = find(page, "#canvas");
    this.panel = find(page, "#graph-panel");
    this.card = find(page, "#card");
    /** @type {string | null} The node that a pointer rests on. */
    this.hinted = null;
    /** @type {string | null} The node whose card is there. */
    this.node = null;
    /** @type {import("../beside.js").Side | null} */
    this.side = null;
    /** @type {Parts | null} */
    this.parts = null;
    this.resting = 0;
    /** @type {string | null} The node that is hinted at as soon as the pointer has rested. */
    this.awaited = null;
    this.answers = new Answers(store, () => this.showAnswer());
    this.place = oncePerFrame(() => this.putBeside());
    this.listen(page);
    store.subscribe((state, before) => this.follow(state, before));
    if (store.state.look !== null) this.show();
  }

  /** @param {Document} page */
  listen(page) {
    const { canvas, card } = this;
    canvas.addEventListener("pointermove", ({ target, pointerType, buttons }) => {
      if (pointerType === "mouse" && buttons === 0) this.hintSoon(nodeAt(target)); // a picture may come under a still one
    });
    canvas.addEventListener("pointerleave", () => this.hintSoon(null));
    card.addEventListener("pointerenter", () => this.stay());
    card.addEventListener("pointerleave", () => this.hintSoon(null));
    card.addEventListener("focusin", () => this.stay());
    card.addEventListener("focusout", ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Element && card.contains(relatedTarget))) this.hintSoon(null);
    });
    canvas.addEventListener("camera", () => {
      if (this.node !== null) this.place();
    });
    canvas.addEventListener("keydown", (event) => {
      if ((event.key === "Enter" || event.key === " ") && nodeAt(event.target)) card.focus({ preventScroll: true });
    });
    page.addEventListener("keydown", (event) => this.escape(event));
    card.addEventListener("keydown", (event) => this.turnBack(event));
    card.addEventListener("click", ({ target }) => this.press(target));
  }

  /** Hint at what is hinted at now, whatever the pointer or the focus has left. */
  stay() {
    clearTimeout(this.resting);
    this.awaited = this.hinted;
  }

  /**
   * @param {string | null} node
   */
  hintSoon(node) {
    if (node === this.awaited) return;
    this.stay();
    if (node === this.hinted) return;
    this.awaited = node;
    this.resting = window.setTimeout(
      () => {
        this.hinted = node;
        this.show();
      },
      node === null ? GRACE : REST,
    );
  }

  /** @param {KeyboardEvent} event */
  escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented || this.node === null) return;
    const { target } = event;
    if (target instanceof Element && target.closest("dialog, input, textarea, select, [contenteditable=true]")) return;
    event.preventDefault();
    this.close();
  }

  /**
   * Shift and Tab lead from the card back to its node, wherever links on it have led.
   * @param {KeyboardEvent} event
   */
  turnBack(event) {
    const element = this.elementOf(this.node);
    if (event.key !== "Tab" || !event.shiftKey || event.target !== this.card || !element) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
  }

  close() {
    const element = this.elementOf(this.node);
    const held = this.card.contains(document.activeElement);
    this.hinted = null;
    this.stay();
    if (this.store.state.look !== null) this.store.dispatch({ type: "view", view: { look: null } });
    else this.show();
    if (held) (element ?? this.canvas).focus({ preventScroll: true });
    this.stay();
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  follow(state, before) {
    const isOther = state.run?.topology !== before.run?.topology;
    if (isOther || (state.look !== before.look && state.look === null)) this.hinted = null;
    if (isOther) this.stay();
    if (state.look !== before.look) {
      this.show();
    } else if (this.node !== null && (state.run !== before.run || state.pictures !== before.pictures)) this.show();
    else if (this.node !== null && state.step !== before.step) {
      this.showMoment();
      this.place();
    }
    if (state.stops !== before.stops) this.showStop();
  }

  /** @param {string | null} node */
  elementOf(node) {
    const element = node === null ? null : document.getElementById(node);
    return element instanceof SVGElement && this.canvas.contains(element) ? element : null;
  }

  /** Show the card that is wanted now, or none. */
  show() {
    const { look, run } = this.store.state;
    const wanted = look ?? this.hinted;
    const node = this.elementOf(wanted) && nodeOf(run, wanted ?? undefined);
    if (wanted !== this.node) this.side = null;
    this.node = node ? wanted : null;
    this.card.hidden = !node;
    if (!node || !run) return;
    this.parts ??= partsIn(this.card);
    this.card.classList.toggle("pinned", look !== null);
    showNode(this.parts, node);
    this.showMoment();
    this.showStop();
    this.showAnswer();
    this.answers.get(node.id);
    this.place();
  }

  /** Show what the node holds at this moment. */
  showMoment() {
    const { run } = this.store.state;
    const [node, parts] = [this.node, this.parts];
    if (!run || node === null || !parts) return;
    const at = cursorOf(this.store.state);
    const end = run.passes[passAt(run, at)]?.last ?? at;
    const [face, last] = [faceAt(run, node, at), faceAt(run, node, end)];
    parts.data.textContent = toldAt(face?.data, last?.data, at === end);
    parts.grad.textContent = toldAt(face?.grad, last?.grad, at === end);
    for (const row of parts.ledger.querySelectorAll("button")) {
      row.toggleAttribute("aria-current", false);
      if (Number(row.dataset.step) === at) row.setAttribute("aria-current", "step");
    }
    disable(parts.go, momentOfNode(run, node, passAt(run, at)) === null);
  }

  showStop() {
    if (this.node === null || !this.parts) return;
    const stops = this.store.state.stops.includes(this.node);
    this.parts.stop.setAttribute("aria-pressed", String(stops));
  }

  /** Show what the server says of the node, as soon as it has said it. */
  showAnswer() {
    if (this.node === null || !this.parts) return;
    const answer = this.answers.known(this.node);
    const problem = answer && "problem" in answer ? answer.problem.detail : null;
    this.parts.more.hidden = !answer || problem !== null;
    this.parts.waiting.hidden = answer !== undefined && problem === null;
    this.parts.waiting.textContent = problem ?? "…";
    if (answer && !("problem" in answer)) showAll(this.parts, answer);
    this.showMoment();
  }

  /** @param {EventTarget | null} target */
  press(target) {
    const button = target instanceof Element ? target.closest("button") : null;
    const { run } = this.store.state;
    if (!button || this.node === null || !run || isDisabled(button)) return;
    const { look, step } = button.dataset;
    if (look) this.lead(look);
    else if (step) this.store.dispatch({ type: "walk", to: Number(step) });
    else if (button === this.parts?.stop) this.store.dispatch({ type: "stop", node: this.node });
    else if (button === this.parts?.go) this.go(run, this.node);
    else this.close();
  }

  /**
   * @param {Run} run
   * @param {string} node
   */
  go(run, node) {
    const moment = momentOfNode(run, node, passAt(run, cursorOf(this.store.state)));
    if (moment !== null) this.store.dispatch({ type: "walk", to: moment });
  }

  /**
   * Turn to the card of another node.
   * @param {string} node
   */
  lead(node) {
    this.store.dispatch({ type: "view", view: { look: node } });
    if (this.node !== null) this.card.focus({ preventScroll: true });
  }

  /**
   * Put the card beside its node, where it covers as little as may be of other nodes, above all of those of the step. A
   * card that can be read as well when it is lower covers none, if there is room for that. While it waits for its answer there is room for all of it: nothing slips away from a pointer.
   */
  putBeside() {
    const box = this.elementOf(this.node)?.querySelector(".box")?.getBoundingClientRect();
    const { card, panel } = this;
    if (!box || (this.side && card.matches(":hover"))) return;
    for (const name of ["left", "top", "bottom", "max-height"]) card.style.removeProperty(name);
    if (matchMedia(SHEET).matches) return;
    const outer = panel.getBoundingClientRect();
    const [room, free] = this.rooms(outer);
    const { width, height } = card.getBoundingClientRect();
    const size = { width, height: Math.min(this.parts?.more.hidden ? TALLEST : height, room.bottom - room.top) };
    const place = this.placeIn([room, free], box, size);
    if (place.height < size.height) card.style.maxHeight = `${Math.floor(place.height)}px`;
    size.height = place.height;
    this.side = place.side;
    card.style.left = `${Math.round(place.left - outer.left)}px`;
    card.style.top = place.side === "above" ? "auto" : `${Math.round(place.top - outer.top)}px`;
    if (place.side === "above") card.style.bottom = `${Math.round(outer.bottom - place.top - size.height)}px`;
  }

  /**
   * Return where the card goes, and how high it is there: the first place that covers nothing, else that which covers
   * least.
   * @param {import("../beside.js").Room[]} rooms
   * @param {DOMRect} box
   * @param {{width: number, height: number}} size
   */
  placeIn(rooms, box, { width, height }) {
    const ends = this.around();
    const tools = this.roomsOf(".tools > *");
    const nodes = [...this.boxes(ends), ...ends, ...this.roomsOf("#canvas .node.active > .box")];
    const places = (/** @type {number} */ most) =>
      rooms.map((room) => {
        const low = { width, height: Math.min(most, room.bottom - room.top) };
        return { ...beside(box, { boxes: [...nodes, ...tools], ends }, low, room, this.side), height: low.height };
      });
    const isClear = (/** @type {ReturnType<typeof places>[0]} */ { left, top, height: tall }) => {
      const here = { left, top, right: left + width, bottom: top + tall };
      return tools.every((tool) => shared(here, tool) === 0);
    };
    for (const part of PARTS.filter((each) => each === 1 || each * height >= LOWEST)) {
      const free = places(part * height).find(({ hidden }) => hidden === 0);
      if (free) return free;
    }
    const [first, second] = places(height);
    return isClear(first) && first.hidden <= second.hidden ? first : second;
  }

  /**
   * Return the room of the panel that is on screen, and what is left of it below the tools.
   * @param {DOMRect} panel
   */
  rooms(panel) {
    const bar = document.querySelector("#stepper")?.getBoundingClientRect();
    const low = bar && bar.top > panel.top + panel.height / 2 ? Math.min(bar.top, panel.bottom) : panel.bottom;
    const room = {
      left: panel.left + MARGIN,
      right: panel.right - MARGIN,
      top: panel.top + MARGIN,
      bottom: low - MARGIN,
    };
    return [room, { ...room, top: this.canvas.getBoundingClientRect().top }];
  }

  /** @param {string} selector */
  roomsOf(selector) {
    return Array.from(this.panel.querySelectorAll(selector), (element) => element.getBoundingClientRect());
  }

  /**
   * Return the rooms of all other nodes; where they are too many to ask, of those around the node.
   * @param {DOMRect[]} around
   */
  boxes(around) {
    const all = this.canvas.querySelectorAll(".node > .box, .folded > .box");
    if (all.length > MANY) return around;
    const own = this.elementOf(this.node)?.querySelector(".box");
    return Array.from(all).flatMap((box) => (box === own ? [] : [box.getBoundingClientRect()]));
  }

  /** Return the rooms of what leads to the node and from it. */
  around() {
    const { run } = this.store.state;
    const node = nodeOf(run, this.node ?? undefined);
    const users = run?.nodes.filter(({ operands }) => this.node !== null && operands.includes(this.node)) ?? [];
    const keys = [...(node?.operands ?? []), ...users.slice(0, MOST).map(({ id }) => id)];
    return keys.flatMap((key) => this.elementOf(key)?.querySelector(".box")?.getBoundingClientRect() ?? []);
  }
}

/** What the server has said of nodes: asked once in a run and a pass, the newest wish first. */
class Answers {
  /**
   * @param {Store} store
   * @param {() => void} tell
   */
  constructor(store, tell) {
    this.store = store;
    this.tell = tell;
    /** @type {WeakMap<Run, Map<string, Card | {problem: import("../trace.js").Problem}>>} */
    this.cards = new WeakMap();
    /** @type {AbortController | null} */
    this.asked = null;
    this.calming = 0;
  }

  /** @param {string} node */
  keyOf(node) {
    const { run } = this.store.state;
    return `${run ? passAt(run, cursorOf(this.store.state)) : 0} ${node}`;
  }

  /** @param {string} node */
  known(node) {
    const { run } = this.store.state;
    return (run && this.cards.get(run)?.get(this.keyOf(node))) ?? undefined;
  }

  /** @param {string} node */
  get(node) {
    clearTimeout(this.calming);
    this.asked?.abort();
    if (this.known(node) === undefined) this.calming = window.setTimeout(() => this.fetch(node), CALM);
  }

  /** @param {string} node */
  async fetch(node) {
    const { run, inputs, fixed } = this.store.state;
    if (!run) return;
    const mine = new AbortController();
    this.asked = mine;
    const key = this.keyOf(node);
    const pass = run.passes.length ? { pass: passAt(run, cursorOf(this.store.state)) } : {};
    const wish = { source: run.source, inputs, node, ...(fixed.length ? { fixed } : {}), ...pass };
    const answer = await ask(wish, mine.signal).catch(() => null);
    if (answer === null || mine.signal.aborted) return;
    this.cards.set(run, (this.cards.get(run) ?? new Map()).set(key, answer));
    this.tell();
  }
}

/**
 * Return the id of the node that an element belongs to.
 * @param {EventTarget | null} target
 */
function nodeAt(target) {
  return (target instanceof Element && target.closest("#canvas g.node[tabindex]")?.id) || null;
}

/**
 * Return what a number is at a moment, and what it will be.
 * @param {Shown | null | undefined} now
 * @param {Shown | null | undefined} last
 * @param {boolean} isEnd
 */
function toldAt(now, last, isEnd) {
  const end = last?.[1];
  if (!now) return end === undefined || isEnd ? "–" : `–, not yet; at the end ${end}`;
  return end === undefined || now[1] === end ? now[1] : `${now[1]} so far; at the end ${end}`;
}

// -- what is on a card ------------------------------------------------------------------------------------------------

/** @typedef {ReturnType<typeof partsIn>} Parts */

/** @param {HTMLElement} card */
function partsIn(card) {
  const parts = {
    title: make("h3", { id: "card-title" }),
    about: make("p", { class: "about" }),
    data: make("dd", { class: "number" }),
    grad: make("dd", { class: "number" }),
    stop: make("button", { class: "button", type: "button", "aria-pressed": "false" }, "Stop here"),
    go: make("button", { class: "button", type: "button" }, "Go to its step"),
    rule: make("div", { class: "math" }),
    convention: make("p", { class: "convention" }),
    operands: make("ul"),
    users: make("ul"),
    total: make("div", { class: "math" }),
    sentence: make("p", { class: "sentence" }),
    ledger: make("ol", { class: "ledger" }),
    waiting: make("p", { class: "waiting" }),
    more: make("div", { class: "more" }),
  };
  const heading = (/** @type {string} */ text) => make("h4", {}, text);
  const pair = (/** @type {string} */ name, /** @type {HTMLElement} */ value) =>
    make("div", {}, make("dt", {}, name), value);
  const numbers = make("dl", {}, pair("data", parts.data), pair("grad", parts.grad));
  const close = make("button", { class: "button close", type: "button", "aria-label": "Close the card" }, "×");
  parts.more.append(
    make("div", { class: "part" }, heading("Gradient"), parts.ledger, parts.total),
    parts.sentence,
    parts.rule,
    make("div", { class: "part" }, heading("From"), parts.operands),
    make("div", { class: "part" }, heading("To"), parts.users),
    parts.convention,
  );
  const actions = make("div", { class: "actions" }, parts.stop, parts.go);
  card.replaceChildren(
    make("header", {}, parts.title, close),
    parts.about,
    numbers,
    parts.waiting,
    parts.more,
    actions,
  );
  return parts;
}

/**
 * Show what the run tells of a node.
 * @param {Parts} parts
 * @param {Node} node
 */
function showNode(parts, { label, role, symbol, expression }) {
  const kind = make("span", { class: "kind" }, role === "operation" ? (symbol ?? "") : role);
  parts.title.replaceChildren(label, " ", kind);
  parts.about.textContent = expression ? `${label} = ${expression}` : "";
  parts.about.hidden = !expression;
}

/**
 * Show what the server tells of it.
 * @param {Parts} parts
 * @param {Card} card
 */
function showAll(parts, card) {
  const { label, expression, about, convention, math, operands, users, total, sentence, ledger } = card;
  parts.about.textContent = about ?? (expression ? `${label} = ${expression}` : "");
  parts.about.hidden = parts.about.textContent === "";
  fill(parts.rule, math);
  parts.convention.textContent = convention ?? "";
  parts.convention.hidden = !convention;
  parts.operands.replaceChildren(...operands.map(operandRow));
  parts.users.replaceChildren(...users.map((user) => userRow(label, user)), ...rest(card.user_count - users.length));
  fill(parts.total, total);
  parts.sentence.textContent = sentence;
  parts.ledger.replaceChildren(...ledger.map(ledgerRow), ...rest(card.ledger_count - ledger.length));
  for (const list of [parts.operands, parts.users]) {
    const { parentElement } = list;
    if (parentElement) parentElement.hidden = list.childElementCount === 0;
  }
}

/** @param {import("../api.js").CardOperand} operand */
function operandRow({ node, label, data, partial, rule, rule_code }) {
  const formula = make("span", { class: "rule" });
  fill(formula, rule);
  const value = make(
    "span",
    { class: "number" },
    partial && rule_code !== partial[1] ? `${partial[2]} ${partial[0]}` : "",
  );
  return make("li", {}, leadTo(node, label), make("span", { class: "number held" }, data[0]), formula, value);
}

/**
 * @param {string} label
 * @param {import("../api.js").CardUser} user
 */
function userRow(label, { node, label: name, partial, upstream, contribution }) {
  if (!partial || !upstream || !contribution)
    return make("li", {}, leadTo(node, name), make("span", { class: "idle" }, `brings ${label} nothing`));
  const local = make("span", { class: "local" }, partial[0]);
  const above = make("span", { class: "upstream" }, upstream[0]);
  const product = make("span", { class: "number" }, local, " · ", above, ` ${contribution[2]} ${contribution[0]}`);
  return make("li", {}, leadTo(node, name), product);
}

/** @param {import("../api.js").Entry} entry */
function ledgerRow({ step, text, from }) {
  const place = make("span", { class: "at" }, String(step));
  const row = make("button", { type: "button", "data-step": String(step) }, place, make("span", {}, text));
  row.append(make("span", { class: "source" }, from));
  return make("li", {}, row);
}

/**
 * @param {string} node
 * @param {string} label
 */
function leadTo(node, label) {
  return make("button", { type: "button", class: "lead", "data-look": node }, label);
}

/** @param {number} count rows that are left out */
function rest(count) {
  return count > 0 ? [make("li", { class: "idle" }, `and ${count} more`)] : [];
}
