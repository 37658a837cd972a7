// @ts-check
/**
 * Predict: asks for the next step before it is seen. A right answer takes the walk on; a wrong one is explained.
 * Start at `mount`.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../store.js").State} State
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {string | {node: string, slot: number}} Given
 * @typedef {{step: number | null, kind: string, phase: string | null, node: string | null, operand: string | null,
 *   slot: number | null, question: string, hints: string[], choices: {answer: Given, label: string}[], count: number,
 *   asked: number}} Question
 * @typedef {{verdict: "right" | "also" | "wrong" | "shown", correct: boolean, sentence: string,
 *   slips: {name: string, title: string, sentence: string}[]}} Judgement
 * @typedef {{seed: number, level: number, number: number, title: string, trains: string, source: string,
 *   inputs: Record<string, number>, fixed: string[], levels: string[], numbers: number,
 *   next: {seed: number, level: number, number: number} | null}} Exercise
 */

import { fragmentOf, PLAIN_VIEW, queryOf } from "../address.js";
import { table } from "../api.js";
import { find, make } from "../dom.js";
import { cursorOf } from "../store.js";
import { button, choice, fields, numberField, tick } from "./form.js";
import { counted, scoreText } from "./score.js";

export const name = "predict";
export const title = "Predict";
export const about =
  "Say what the next step brings before you see it. A wrong answer is told which slip it looks like.";

const KINDS = /** @type {[string, string][]} */ ([
  ["contribution", "what an edge brings"],
  ["after", "the gradient after it"],
  ["sign", "its sign"],
  ["edge", "which edge is next"],
]);
const SEEDS = 1000; // of exercises that nobody chose
const PAUSE = 250; // ms: somebody may still be typing a seed

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const board = boardOf();
  /** @type {Question | null} */
  let asked = null;
  let tries = 0;
  let hints = 0;
  let isJudging = false;

  const kind = () => desk.setting("ask", "contribution");
  const step = () => desk.store.state.step ?? 0;
  const score = () => desk.setting("score", "");
  const restart = () => {
    desk.set("score", null);
    desk.set("tried", null);
    board.verdict.replaceChildren();
    desk.store.dispatch({ type: "walk", to: 0 });
    board.input.focus();
  };

  /** The program that the question is about. */
  let subject = "";
  const follow = () => {
    const { state } = desk.store;
    if (!asked || !state.run || state.stale || subject !== programKey(state)) return;
    const to = asked.step ?? state.run.step_count;
    if (cursorOf(state) < to) desk.store.dispatch({ type: "walk", to });
    desk.trace(tracedOf(desk.store.state, asked));
  };

  const ask = (/** @type {Question} */ told) => {
    const now = programKey(desk.store.state);
    const isNew = told.step !== asked?.step || told.kind !== asked?.kind || subject !== now;
    [asked, subject] = [told, now];
    if (isNew) [tries, hints] = [desk.setting("tried", "") === String(told.step) ? 1 : 0, 0];
    showQuestion(board, told, answer);
    showHints(board, told, hints);
    follow();
  };

  const finish = (/** @type {boolean} */ isRight) => {
    if (!asked || asked.step === null) return;
    desk.set("score", counted(score(), isRight));
    desk.set("tried", null);
    desk.store.dispatch({ type: "walk", to: asked.step + 1 });
  };

  /** Loading the page again is no first try. */
  const remember = () => desk.set("tried", String(asked?.step));

  const judge = async (/** @type {object} */ body) => {
    if (!asked || asked.step === null || isJudging) return null;
    isJudging = true;
    const told = await desk.ask("/api/v1/predict", { ...desk.program(), step: asked.step, kind: asked.kind, ...body });
    isJudging = false;
    if (!room.isConnected) return null;
    if (told.problem) showProblem(board, told.problem.detail);
    else showVerdict(board, told);
    return /** @type {Judgement | null} */ (told.problem ? null : told);
  };

  const answer = async (/** @type {Given} */ given) => {
    const told = await judge({ answer: given });
    if (!told) return;
    if (told.correct) {
      board.input.value = "";
      finish(tries === 0 && hints === 0);
      return;
    }
    tries++;
    remember();
    if (tries === 1 && score()) desk.set("score", score().replace(/\d+$/, "0"));
    board.input.select();
  };

  board.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (board.input.value.trim()) answer(board.input.value);
    else board.input.focus();
  });
  board.hint.addEventListener("click", () => {
    if (!asked) return;
    hints = Math.min(hints + 1, asked.hints.length);
    remember();
    showHints(board, asked, hints);
  });
  board.reveal.addEventListener("click", async () => {
    const told = await judge({ reveal: true });
    if (!told) return;
    board.input.value = "";
    finish(false);
    if (!board.input.hidden) board.input.focus();
  });
  board.again.addEventListener("click", restart);

  const pick = (/** @type {Event} */ event) => {
    const edge = event.target instanceof Element ? event.target.closest("g.edge") : null;
    if (!edge || !asked || asked.step === null) return;
    event.stopPropagation(); // else the walk goes there, and shows what is asked
    const [node, slot] = edge.id.split(".");
    if (asked.kind === "edge") answer({ node, slot: Number(slot) });
  };
  const canvas = find(document, "#canvas");
  canvas.addEventListener("click", pick, true);

  const series = seriesOf(desk, () => board.verdict.replaceChildren());
  board.next.addEventListener("click", series.next);
  const showScore = () => {
    board.score.textContent = scoreText(score());
    board.next.hidden = !series.hasNext() || asked?.step !== null;
  };
  const setup = make("details", desk.store.state.narrow ? {} : { open: "" });
  setup.append(
    make("summary", {}, "Exercise, and what is asked"),
    series.element,
    fields(
      "What is asked",
      choice(desk, { name: "ask", label: "I say", otherwise: "contribution", choices: KINDS }),
      tick(desk, { name: "forward", label: "values on the way forward too" }),
      button("From the start", restart),
    ),
  );
  room.append(setup, board.element);
  if (desk.store.state.step === null) desk.store.dispatch({ type: "walk", to: 0 });
  desk.live({
    path: "/api/v1/question",
    room: board.element,
    wait: 0,
    question: (program) => ({ ...program, step: step(), kind: kind(), forward: desk.setting("forward", "0") === "1" }),
    show(/** @type {Question} */ told) {
      ask(told);
      showScore();
    },
  });
  desk.watch((state, before) => {
    if (state.run !== before.run) follow();
    if (state.settings !== before.settings) showScore();
  });
  showScore();
  return () => {
    canvas.removeEventListener("click", pick, true);
    series.close();
  };
}

/** @param {Pick<State, "source" | "inputs" | "fixed">} state */
function programKey({ source, inputs, fixed }) {
  return JSON.stringify([source, inputs, fixed]);
}

/**
 * Return what a question is about, as the picture marks it; null if it must be found.
 * @param {Pick<State, "run">} state
 * @param {Pick<Question, "node" | "slot" | "phase">} question
 */
export function tracedOf({ run }, { node, slot, phase }) {
  const found = phase === "seed" ? null : run?.nodes.find(({ id }) => id === node);
  if (!found) return null;
  const edges = slot === null ? found.operands.map((_, k) => `${found.id}.${k}`) : [`${found.id}.${slot}`];
  return { nodes: [found.id, ...found.operands], edges };
}

// -- the board: question, answer, verdict -----------------------------------------------------------------------------

/** @typedef {ReturnType<typeof boardOf>} Board */

function boardOf() {
  const question = make("p", { class: "saying asked" });
  const input = make("input", {
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    size: "12",
    "aria-label": "Your answer",
    title: "a number, also as 1/3 or 3 * 2",
  });
  const choices = make("div", { class: "choices", role: "group", "aria-label": "Your answer" });
  const check = make("button", { class: "button", type: "submit" }, "Check");
  const hint = make("button", { class: "button", type: "button" }, "Hint");
  const reveal = make("button", { class: "button", type: "button" }, "Show it");
  const again = make("button", { class: "button", type: "button", hidden: "" }, "Once more");
  const next = make("button", { class: "button", type: "button", hidden: "" }, "Next exercise");
  const form = make("form", { class: "fields" }, input, choices, check, hint, reveal, next, again);
  const hints = make("ol", { class: "hints", "aria-live": "polite" });
  const verdict = make("div", { class: "verdict", "aria-live": "polite" });
  const score = make("p", { class: "score" });
  const element = make("div", { class: "board" }, question, form, hints, verdict, score);
  return { element, question, form, input, choices, check, hint, reveal, again, next, hints, verdict, score };
}

/**
 * @param {Board} board
 * @param {Question} told
 * @param {(given: Given) => void} answer
 */
function showQuestion(board, told, answer) {
  const isOver = told.step === null;
  const place = isOver ? "" : `${told.asked + 1} of ${told.count}`;
  board.question.replaceChildren(...(place ? [make("span", { class: "place" }, place)] : []), told.question);
  const isTyped = !isOver && told.choices.length === 0;
  const hadFocus = board.element.contains(document.activeElement);
  for (const element of [board.input, board.check]) element.hidden = !isTyped;
  for (const element of [board.hint, board.reveal]) element.hidden = isOver;
  board.again.hidden = !isOver;
  const labels = told.choices.map(({ label }) => label).join("|");
  if (board.choices.dataset.labels !== labels) {
    board.choices.dataset.labels = labels;
    board.choices.replaceChildren(
      ...told.choices.map(({ answer: given, label }) => button(label, () => answer(given))),
    );
  }
  board.choices.hidden = told.choices.length === 0;
  if (hadFocus && !board.element.contains(document.activeElement)) firstOf(board, isTyped).focus();
}

/**
 * @param {Board} board
 * @param {boolean} isTyped
 * @returns {HTMLElement}
 */
function firstOf(board, isTyped) {
  return isTyped ? board.input : (board.choices.querySelector("button") ?? board.again);
}

/**
 * @param {Board} board
 * @param {Question} told
 * @param {number} count
 */
function showHints(board, told, count) {
  const known = board.hints.children.length;
  const wanted = told.hints.slice(0, count);
  if (known > count || board.hints.firstChild?.textContent !== wanted[0]) board.hints.replaceChildren();
  for (const text of wanted.slice(board.hints.children.length)) board.hints.append(make("li", {}, text));
  board.hint.textContent = count > 0 && count < told.hints.length ? "Another hint" : "Hint";
  board.hint.hidden = told.step === null || count >= told.hints.length;
}

const SIGNS = { right: "✓", also: "✓", wrong: "✗", shown: "→" };

/**
 * @param {Board} board
 * @param {Judgement} told
 */
function showVerdict(board, { verdict, sentence, slips }) {
  const sign = make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[verdict]);
  board.verdict.dataset.verdict = verdict;
  board.input.removeAttribute("aria-invalid");
  if (slips.length === 0) {
    board.verdict.replaceChildren(make("p", {}, sign, sentence));
    return;
  }
  const lines = slips.map((slip, k) =>
    make("p", { "data-slip": slip.name }, ...(k ? ["or "] : [sign]), make("b", {}, `${slip.title}. `), slip.sentence),
  );
  board.verdict.replaceChildren(...lines);
}

/**
 * @param {Board} board
 * @param {string} detail
 */
function showProblem(board, detail) {
  board.input.setAttribute("aria-invalid", "true");
  board.verdict.dataset.verdict = "problem";
  board.verdict.replaceChildren(make("p", {}, detail.replace(/^\/answer: must/, "An answer must")));
}

// -- the series of exercises ------------------------------------------------------------------------------------------

/**
 * Return the fields that choose an exercise, and what leads to the next one.
 * @param {Desk} desk
 * @param {() => void} opened
 */
function seriesOf(desk, opened) {
  /** @type {Exercise | null} */
  let exercise = null;
  let timer = 0;
  const trains = make("span", { class: "trains" });
  const link = button("Copy link", () => copy(desk, link, shown), { title: "the same exercise for a whole class" });
  const shown = make("input", { type: "text", readonly: "", "aria-label": "The address of this exercise", hidden: "" });
  const level = make("select", { autocomplete: "off" });
  level.append(make("option", { value: "" }, "my program"));
  const seed = numberField(desk, { name: "seed", label: "Seed", otherwise: "", hint: "a whole number: a series" });
  const number = numberField(desk, { name: "number", label: "No.", otherwise: "1" });
  const more = button("Next", () => next());
  const element = fields(
    "Which exercise",
    make("label", {}, "Exercise ", level),
    seed,
    number,
    more,
    link,
    shown,
    trains,
  );

  const chosen = () => desk.setting("level", "");
  const show = () => {
    for (const each of [seed, number, more, link, trains]) each.hidden = chosen() === "";
    level.value = chosen();
    trains.textContent = exercise?.trains ?? "";
    more.hidden ||= !exercise?.next;
  };
  const load = async (/** @type {boolean} */ isOpened) => {
    const place = { seed: desk.setting("seed", "1"), level: chosen() || "1", number: desk.setting("number", "1") };
    const isThere = /^\d{1,15}$/.test(place.seed) && /^[1-9]\d?$/.test(place.number);
    const told = isThere && (await table(`/api/v1/exercise?${new URLSearchParams(place)}`));
    if (!element.isConnected) return;
    if (!told) {
      trains.textContent = "There is no such exercise: seeds are whole numbers, numbers go from 1 to 10.";
      return;
    }
    exercise = told;
    if (level.options.length === 1)
      level.append(
        ...told.levels.map((/** @type {string} */ text, /** @type {number} */ k) =>
          make("option", { value: String(k + 1) }, `${k + 1} ${text}`),
        ),
      );
    if (isOpened) open(desk, told, opened);
    show();
  };
  const settle = (/** @type {Record<string, number | string>} */ place) => {
    for (const [key, value] of Object.entries(place))
      desk.set(key, key === "number" && Number(value) === 1 ? null : String(value));
  };
  const next = () => {
    if (exercise?.next) settle(exercise.next);
  };
  level.addEventListener("change", () => {
    if (level.value === "") desk.set("level", null);
    else
      settle({ seed: desk.setting("seed", String(Math.floor(Math.random() * SEEDS))), level: level.value, number: 1 });
  });
  desk.watch((state, before) => {
    const isOther = ["seed", "level", "number"].some((key) => state.settings[key] !== before.settings[key]);
    if (!isOther) return;
    clearTimeout(timer);
    shown.hidden = true;
    if (chosen()) timer = window.setTimeout(load, PAUSE, true);
    show();
  });
  queueMicrotask(() => load(false));
  show();
  return { element, next, hasNext: () => chosen() !== "" && Boolean(exercise?.next), close: () => clearTimeout(timer) };
}

/**
 * Open the program of an exercise before its first step.
 * @param {Desk} desk
 * @param {Exercise} exercise
 * @param {() => void} opened
 */
function open(desk, { source, inputs, fixed }, opened) {
  desk.set("score", null);
  desk.open({ source, inputs, fixed, step: 0 });
  opened();
}

/**
 * Return the address of the exercise at hand, from its start and without anybody's score.
 * @param {State} state
 */
export function linkOf(state) {
  const { score, tried, ...settings } = state.settings;
  return `/${queryOf({ ...state, step: 0 })}${fragmentOf({ ...PLAIN_VIEW, lab: name, settings })}`;
}

/**
 * @param {Desk} desk
 * @param {HTMLElement} pressed
 * @param {HTMLInputElement} shown
 */
async function copy(desk, pressed, shown) {
  const address = location.origin + linkOf(desk.store.state);
  try {
    await navigator.clipboard.writeText(address);
    pressed.textContent = "Copied";
    desk.say("The address of this exercise is copied.");
    window.setTimeout(() => {
      pressed.textContent = "Copy link";
    }, 2000);
  } catch {
    shown.value = address;
    shown.hidden = false;
    shown.select();
  }
}
