// @ts-check
/** Descend and ascend: the loss over the iterations, the step that is taken at each, slices and contours of the loss. */

import { make } from "../dom.js";
import { extended, inputsAt, placeOf, valuesAt } from "./course.js";
import { messageOf } from "./desk.js";
import { button, choice, chosenNode, fields, logSlider, nodeChoice, numberField, tick } from "./form.js";
import { createPlot } from "./plot.js";
import { chosenFrom, ITERATIONS, OPTIMIZERS, optimizerOf, recipeOf, SCHEDULES } from "./recipe.js";
import { tableOf } from "./rows.js";

/**
 * @typedef {import("./course.js").Course} Course
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./plot.js").Value} Value
 */

export const name = "descend";
export const title = "Descend";
export const about = "Move every leaf against its gradient, again and again, and watch the output go down; or up.";

const CALM = 120; // ms
const PLAY = 120; // ms an iteration
const LEAVES = 10; // whose numbers a table shows

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const saying = make("div", { class: "saying", "aria-live": "polite" });
  const progress = make("p", { class: "progress number" });
  const loss = createPlot(desk);
  const beside = createPlot(desk);
  const tables = make("div", { class: "tables" });
  const views = fields(
    "Beside the curve",
    choice(desk, {
      name: "beside",
      label: "Show",
      otherwise: "step",
      choices: [
        ["step", "this step, leaf by leaf"],
        ["slice", "the output along one leaf"],
        ["contour", "the output over two leaves"],
        ["rate", "learning rate and gradient"],
      ],
    }),
  );
  const other = make("div", {}, views, tables, beside.element);
  const pause = button("Pause", () => driver.toggle());
  const play = button("Play", () => player.toggle(), { title: "walk through the iterations" });
  const knobs = make("span", { class: "knobs" });
  const summary = make("summary");
  const method = make("details", { class: "method" }, summary);
  method.append(
    fields(
      "Method",
      choice(desk, { name: "optimizer", label: "Optimizer", otherwise: "SGD", choices: OPTIMIZERS.map(pairOf) }),
      choice(desk, { name: "schedule", label: "Schedule", otherwise: "", choices: SCHEDULES.map(pairOf) }),
      knobs,
      tick(desk, { name: "zero_grad", label: "zero_grad before each backward", otherwise: "1" }),
      numberField(desk, {
        name: "clip",
        label: "Clip at",
        otherwise: "",
        hint: "the largest norm of the gradient; empty: none",
      }),
      tick(desk, { name: "log", label: "logarithmic plot" }),
    ),
  );
  room.append(
    fields(
      "Descent",
      choice(desk, {
        name: "direction",
        label: "Direction",
        otherwise: "descend",
        choices: [
          ["descend", "down"],
          ["ascend", "up"],
        ],
      }),
      logSlider(desk, { name: "lr", label: "Learning rate", otherwise: "0.01", least: -4, most: 1 }),
      numberField(desk, { name: "iterations", label: "Iterations", otherwise: ITERATIONS }),
      play,
      pause,
      progress,
      method,
    ),
    saying,
    make("div", { class: "halves" }, loss.element, other),
  );
  /** @type {Course | null} */
  let course = null;

  const moveTo = (/** @type {number} */ at) => {
    const k = course?.iterations.k[at] ?? 0;
    desk.set("k", k === 0 ? null : String(k));
  };
  const here = () => (course ? placeOf(course, Number(desk.setting("k", "0")) || 0) : 0);

  const showLoss = () => {
    if (!course) return;
    const { k, loss: values, shown } = course.iterations;
    const at = here();
    loss.show({
      title: `${course.output.label} over the iterations`,
      summary: course.diagnosis.map(({ sentence }) => sentence).join(" "),
      x: { label: "iteration", whole: true },
      y: { label: course.output.label, log: desk.setting("log", "0") === "1" },
      series: [{ name: course.output.label, x: k, y: values, kind: k.length > 40 ? "line" : "both", strong: true }],
      cursor: {
        count: k.length,
        at,
        x: (place) => k[place],
        y: (place) => Number(values[place]),
        text: (place) => `iteration ${k[place]}: ${course?.output.label} ${shown[place].loss.slice(0, 1)}`,
        move: moveTo,
      },
      table: {
        caption: "The iterations",
        head: ["iteration", course.output.label, "learning rate", "size of the gradient"],
        rows: shown.map(({ k: each, loss: value, lr, grad_norm }) => [String(each), value, lr, grad_norm]),
      },
    });
  };
  const showStep = () => {
    if (!course) return;
    const { shown, k } = course.iterations;
    const at = here();
    const [now, next] = [shown[at], shown[at + 1]];
    const rows = course.leaves.slice(0, LEAVES).flatMap((leaf, each) => {
      const told = now?.leaves[each];
      return told ? [[leaf.label, told.value, told.grad, next?.leaves[each]?.value ?? null]] : [];
    });
    const after = next ? `after iteration ${next.k}` : "the end";
    const table = tableOf({
      caption: `Iteration ${k[at]} and ${after}`,
      head: ["", "before", "grad", next && next.k > now.k + 1 ? `after ${next.k - now.k} more` : "after"],
      rows: [...rows, [make("strong", {}, course.output.label), now?.loss, null, next?.loss ?? null]],
      mark: (row) => (row === rows.length ? "output" : null),
    });
    const more = course.leaves.length - rows.length;
    tables.replaceChildren(table, ...(more > 0 ? [make("p", {}, `… and ${more} more leaves`)] : []));
  };
  const showRates = () => {
    if (!course) return;
    const { k, lr, grad_norm, shown } = course.iterations;
    beside.show({
      title: "Learning rate and size of the gradient",
      summary: "Both on a logarithmic scale.",
      x: { label: "iteration", whole: true },
      y: { label: "size", log: true },
      series: [
        { name: "learning rate", x: k, y: lr },
        { name: "size of the gradient", x: k, y: grad_norm, look: 1 },
      ],
      table: {
        caption: "Learning rates",
        head: ["iteration", "learning rate", "size of the gradient"],
        rows: shown.map((told) => [String(told.k), told.lr, told.grad_norm]),
      },
    });
  };
  const landscape = landscapeOf(desk, beside, views, tables);
  const showBeside = () => {
    const what = desk.setting("beside", "step");
    tables.hidden = what !== "step";
    beside.element.hidden = what === "step";
    landscape.offer(what);
    if (what === "step") showStep();
    else if (what === "rate") showRates();
    else landscape.ask(course, here());
  };
  const showAt = () => {
    showLoss();
    showBeside();
    desk.overlay(course ? inputsAt(course, here()) : null);
  };

  const driver = driverOf(desk, room, (answer, isOver) => {
    course = answer;
    saying.replaceChildren(...sayingsOf(desk, answer));
    progress.textContent = isOver ? "" : answer.progress.text;
    pause.hidden = isOver;
    pause.textContent = driver.isPaused() ? "Resume" : "Pause";
    showAt();
  });
  const player = playerOf(
    desk,
    play,
    () => (course ? { at: here(), count: course.iterations.k.length } : null),
    moveTo,
  );
  const showKnobs = () => {
    const [, optimizer, takes] = chosenFrom(OPTIMIZERS, desk.setting("optimizer", "SGD"));
    const [, schedule, needs] = chosenFrom(SCHEDULES, desk.setting("schedule", ""));
    const all = [...takes, ...needs];
    summary.textContent = `Method: ${optimizer}, ${schedule} rate`;
    const wanted = all.map((knob) => knob.name).join(" ");
    if (knobs.dataset.of === wanted) return;
    knobs.dataset.of = wanted;
    knobs.replaceChildren(...all.map((knob) => numberField(desk, knob)));
  };
  desk.watch((state, before) => {
    if (state.settings === before.settings) return;
    showKnobs();
    const isOf = (/** @type {string} */ each) => state.settings[each] !== before.settings[each];
    if (["k", "beside", "leaf", "x", "y", "log"].some(isOf)) showAt();
  });
  showKnobs();
  return () => {
    driver.stop();
    player.stop();
    loss.close();
    beside.close();
  };
}

/** @param {[string, string, unknown]} row @returns {[string, string]} */
function pairOf([value, text]) {
  return [value, text];
}

/**
 * Return what is to be said about a course, with a button for each piece of advice.
 * @param {Desk} desk
 * @param {Course} course
 */
function sayingsOf(desk, { diagnosis, warnings }) {
  const made = diagnosis.map(({ sentence, suggestion }) => {
    const line = make("p", {}, sentence);
    if (suggestion) line.append(" ", adviceOf(desk, suggestion));
    return line;
  });
  return [...made, ...warnings.map((text) => make("p", { class: "hint" }, text))];
}

/**
 * @param {Desk} desk
 * @param {{text: string, lr: number | null, zero_grad: boolean | null}} suggestion
 */
function adviceOf(desk, { text, lr, zero_grad }) {
  if (lr === null && !zero_grad) return make("span", {}, text);
  return button(text, () => {
    if (lr !== null) desk.set("lr", String(lr));
    if (zero_grad) desk.set("zero_grad", null);
  });
}

/**
 * Return what keeps asking for the course, part by part, from the beginning whenever the question changes.
 * @param {Desk} desk
 * @param {HTMLElement} room
 * @param {(course: Course, isOver: boolean) => void} show
 */
export function driverOf(desk, room, show, more = () => ({})) {
  const problem = make("p", { class: "mistake", role: "alert", hidden: "" });
  room.before(problem);
  let asked = "";
  let timer = 0;
  let stop = new AbortController();
  let isPaused = false;
  /** @type {Course | null} */
  let course = null;
  const goOn = async () => {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    const body = { ...desk.program(), ...recipeOf(desk.setting), ...more() };
    try {
      while (!signal.aborted && !isPaused && !course?.finished) {
        const answer = await desk.ask("/api/v1/descend", course ? { ...body, state: course.state } : body, signal);
        if (signal.aborted) return;
        problem.hidden = !answer.problem;
        problem.textContent = answer.problem ? messageOf(answer.problem) : "";
        room.classList.toggle("stale", Boolean(answer.problem));
        if (answer.problem) return;
        course = extended(course, answer);
        show(course, course.finished);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  const begin = () => {
    const text = JSON.stringify([desk.program(), recipeOf(desk.setting), more()]);
    if (text === asked) return;
    asked = text;
    course = null;
    isPaused = false;
    goOn();
  };
  desk.watch((state, before) => {
    const { source, inputs, fixed, settings } = before;
    if (state.source === source && state.inputs === inputs && state.fixed === fixed && state.settings === settings)
      return;
    clearTimeout(timer);
    timer = window.setTimeout(begin, CALM);
  });
  begin();
  return {
    isPaused: () => isPaused,
    toggle() {
      isPaused = !isPaused;
      if (course) show(course, course.finished);
      if (!isPaused) goOn();
    },
    begin,
    stop() {
      clearTimeout(timer);
      stop.abort();
    },
  };
}

/**
 * Return what lets the cursor run over the iterations.
 * @param {Desk} desk
 * @param {HTMLButtonElement} press
 * @param {() => {at: number, count: number} | null} place
 * @param {(at: number) => void} move
 */
function playerOf(desk, press, place, move) {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    press.textContent = "Play";
  };
  const next = () => {
    const now = place();
    if (!now || now.at + 1 >= now.count) return stop();
    move(now.at + 1);
  };
  return {
    stop,
    toggle() {
      if (timer) return stop();
      const now = place();
      if (now && now.at + 1 >= now.count) move(0);
      press.textContent = "Stop";
      timer = window.setInterval(next, PLAY);
      desk.say("");
    },
  };
}

/**
 * Return what shows the loss around an iteration: along one leaf, or over two.
 * @param {Desk} desk
 * @param {ReturnType<typeof createPlot>} plot
 * @param {HTMLElement} choices where one chooses the leaves
 * @param {HTMLElement} place where a problem is told
 */
function landscapeOf(desk, plot, choices, place) {
  let timer = 0;
  let asked = "";
  let stop = new AbortController();
  /** @type {Record<string, HTMLElement>} */
  const forms = {
    slice: make("span", {}, nodeChoice(desk, { name: "leaf", label: "along" })),
    contour: make(
      "span",
      {},
      nodeChoice(desk, { name: "x", label: "across" }),
      " ",
      nodeChoice(desk, { name: "y", label: "up", second: true }),
    ),
  };
  const get = async (/** @type {Course} */ course, /** @type {number} */ at, /** @type {string} */ what) => {
    const values = valuesAt(course, at);
    const body = { ...desk.program(), ...(values ? { values } : {}) };
    const [x, y] = [chosenNode(desk, "x"), chosenNode(desk, "y", undefined, true)];
    const path = what === "contour" ? pathOf(course, x, y) : [];
    const question =
      what === "slice"
        ? { ...body, ...optimizerOf(desk.setting), leaf: chosenNode(desk, "leaf") }
        : { ...body, x, y, path: path.filter(isFinitePair) };
    const text = JSON.stringify([what, question]);
    if (text === asked) return;
    asked = text;
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    try {
      const answer = await desk.ask(`/api/v1/${what}`, question, signal);
      if (signal.aborted) return;
      place.hidden = !answer.problem;
      plot.element.hidden = Boolean(answer.problem);
      if (answer.problem) place.replaceChildren(make("p", { class: "mistake" }, messageOf(answer.problem)));
      else if (what === "slice") plot.show(sliceOf(answer, course.output.label));
      else plot.show(contourOf(answer, path, at, course.output.label));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  return {
    /** @param {string} what */
    offer(what) {
      for (const form of Object.values(forms)) if (form !== forms[what]) form.remove();
      if (forms[what] && !forms[what].isConnected) choices.append(forms[what]);
    },
    /**
     * @param {Course | null} course
     * @param {number} at
     */
    ask(course, at) {
      const what = desk.setting("beside", "step");
      clearTimeout(timer);
      if (course) timer = window.setTimeout(() => get(course, at, what), CALM / 2);
    },
  };
}

/** @param {Value[]} pair */
function isFinitePair(pair) {
  return pair.every((value) => typeof value === "number");
}

/**
 * Return where a course leads, over two leaves.
 * @param {Course} course
 * @param {string | null} x
 * @param {string | null} y
 * @returns {Value[][]}
 */
function pathOf({ leaves, iterations }, x, y) {
  const [across, up] = [x, y].map((wanted) => {
    const leaf = leaves.find(({ name: each, id }) => each === wanted || id === wanted);
    return iterations.leaves.find(({ id }) => id === leaf?.id);
  });
  return across && up ? across.values.map((value, at) => [value, up.values[at]]) : [];
}

/**
 * @param {any} answer
 * @param {string} output
 * @returns {import("./plot.js").Picture}
 */
function sliceOf({ axis, x, loss, at, tangent, step, sentence }, output) {
  return {
    title: `${output} along ${axis}`,
    summary: sentence,
    x: { label: axis },
    y: { label: output },
    series: [
      { name: output, x, y: loss, strong: true },
      { name: "tangent", x: tangent.map(firstOf), y: tangent.map(secondOf), look: 1 },
      { name: "here", x: [at.x], y: [at.loss], kind: "points" },
      ...(step
        ? [{ name: "after the step", x: [at.x, step.x], y: [at.loss, step.loss], kind: both, look: dotted }]
        : []),
    ],
    table: {
      caption: `${output} along ${axis}`,
      head: ["", axis, output],
      rows: [["here", at.shown.x, at.shown.loss], ...(step ? [["after the step", step.shown.x, step.shown.loss]] : [])],
    },
  };
}

const both = /** @type {const} */ ("both");
const dotted = /** @type {const} */ (2);
const firstOf = (/** @type {number[]} */ pair) => pair[0];
const secondOf = (/** @type {number[]} */ pair) => pair[1];

/**
 * @param {any} answer
 * @param {Value[][]} path
 * @param {number} at
 * @param {string} output
 * @returns {import("./plot.js").Picture}
 */
function contourOf({ x, y, xs, ys, values, least, at: here, sentence }, path, at, output) {
  return {
    title: `${output} over ${x.label} and ${y.label}`,
    summary: sentence,
    height: 220,
    x: { label: x.label, domain: [xs[0], xs[xs.length - 1]] },
    y: { label: y.label, domain: [ys[0], ys[ys.length - 1]] },
    grid: { x: xs, y: ys, values },
    series: [
      {
        name: "the way",
        x: path.map(([left]) => left),
        y: path.map(([, up]) => up),
        kind: path.length > 60 ? "line" : "both",
      },
      ...(path[at] ? [{ name: "here", x: [path[at][0]], y: [path[at][1]], kind: points, look: solid }] : []),
    ],
    table: {
      caption: `${output} over ${x.label} and ${y.label}`,
      head: ["", x.label, y.label, output],
      rows: [
        ["here", here.shown.x, here.shown.y, here.shown.value],
        ...(least ? [["least in sight", least.shown.x, least.shown.y, least.shown.value]] : []),
      ],
    },
  };
}

const points = /** @type {const} */ ("points");
const solid = /** @type {const} */ (1);
