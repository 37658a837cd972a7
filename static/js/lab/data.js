// @ts-check
/** Data: a table whose rows set inputs of the program; the loss is the mean over them, and descends. */

import { table } from "../api.js";
import { make } from "../dom.js";
import { createCells } from "./cells.js";
import { inputsAt, placeOf, valuesAt } from "./course.js";
import { driverOf } from "./descend.js";
import { button, choice, fields, logSlider, nodeChoice, numberField } from "./form.js";
import { createPlot } from "./plot.js";
import { chosenFrom, OPTIMIZERS, SCHEDULES } from "./recipe.js";
import {
  classesOf,
  csvOf,
  HELD,
  inputsFor,
  isNamed,
  predictionOf,
  setFor,
  thresholdOf,
  withCell,
  withoutRow,
  withPasted,
  withRow,
} from "./sheet.js";

/**
 * @typedef {import("./course.js").Course} Course
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./plot.js").Picture} Picture
 * @typedef {import("./sheet.js").Sheet} Sheet
 * @typedef {import("./sheet.js").DataSet} DataSet
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{node: {label: string}, rows: {value: import("./plot.js").Value, right: boolean | null,
 *   shown: {value: Shown}}[], x: string | null, xs: number[], curve: import("./plot.js").Value[], right: number | null,
 *   sentence: string}}
 *   Predictions
 * @typedef {{xs: number[], ys: number[], values: import("./plot.js").Value[][], sentence: string}} Plane
 */

export const name = "data";
export const title = "Data";
export const about = "Fit the program to a table: each row sets its inputs, and the mean loss over all rows descends.";

const CALM = 60; // ms
const TYPING = 300; // ms
const HEIGHTS = [150, 190, 300]; // px of a plot
const PANELS = [320, 480]; // px of a panel that is high enough for the next height
const USUAL = { optimizer: "SGD", lr: "0.01", iterations: "100" };
const NO_PREDICTION =
  "The program has no prediction apart from the target. Write it on a line of its own: p = w*x + b, then loss = (p - y)**2.";
const OWN = ["k", "row", "columns", "prediction", "threshold", ...Object.keys(USUAL)]; // what belongs to a set

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const saying = make("p", { class: "saying" });
  const progress = make("span", { class: "progress number" });
  const loss = createPlot(desk);
  const fit = createPlot(desk);
  const picker = make("select", { autocomplete: "off" });
  const opener = button("Open its program", () => open());
  const pause = button("Pause", () => driver?.toggle(), { hidden: "" });
  /** @type {DataSet[]} */
  let sets = [];
  /** @type {Sheet} */
  let sheet = { columns: [], rows: [] };
  let key = ""; // of the question that the sheet answers
  let held = ""; // CSV that is too long for the address
  /** @type {Course | null} */
  let course = null;
  /** @type {Predictions | null} */
  let predictions = null;
  /** @type {Plane | null} */
  let plane = null;
  /** @type {ReturnType<typeof driverOf> | null} */
  let driver = null;
  let isOpen = true;
  let timer = 0;
  let stop = new AbortController();
  let isLooking = false;
  let predictedAt = -1; // the iteration of the predictions
  const states = statesOf(desk);
  const height = () => {
    const { clientHeight = 0, clientWidth = 0 } = room.parentElement ?? {};
    return HEIGHTS[clientWidth < clientHeight ? 1 : PANELS.filter((enough) => clientHeight >= enough).length];
  };

  // -- what is chosen -------------------------------------------------------------------------------------------------

  const inputs = () =>
    (desk.store.state.run?.nodes ?? []).flatMap(({ role, name: each }) => (role !== "operation" && each ? [each] : []));
  const setName = () => desk.setting("set", "") || setFor(sets, desk.store.state.source, inputs());
  const chosenSet = () => sets.find((each) => each.name === setName()) ?? null;
  const csv = () => held || desk.setting("csv", "");
  const question = () => (csv() ? { csv: csv() } : { set: setName() });
  const mapped = () => inputsFor(sheet.columns, inputs(), desk.setting("columns", ""));
  const usual = () => {
    const program = chosenSet()?.program;
    if (!program) return USUAL;
    return {
      optimizer: program.optimizer,
      lr: String(program.settings.lr),
      iterations: String(program.iterations),
    };
  };
  /** @type {Desk["setting"]} */
  const setting = (each, otherwise) => {
    const { settings } = desk.store.state;
    return settings[each] ?? /** @type {Record<string, string>} */ (usual())[each] ?? otherwise;
  };
  const isReady = () => desk.store.state.run?.source === desk.store.state.source && key === JSON.stringify(question());
  const numbers = () => sheet.rows.map((cells) => cells.map(Number));
  const targets = () => numbers().map((row) => row[row.length - 1]);
  const prediction = () => {
    const { run } = desk.store.state;
    return run && predictionOf(run, mapped() ?? [], desk.setting("prediction", ""), chosenSet()?.program ?? null);
  };
  const threshold = () => {
    const node = prediction() ?? "";
    const own = desk.setting("threshold", "");
    return own === "" || !Number.isFinite(Number(own)) ? thresholdOf(node, targets()) : Number(own);
  };
  const chosenRow = () => {
    const row = Number(desk.setting("row", "0"));
    return Number.isInteger(row) && row > 0 && row <= sheet.rows.length ? row - 1 : null;
  };
  const data = () => {
    const columns = mapped() ?? [];
    return csv() ? { columns, rows: numbers() } : { columns, set: setName() };
  };
  const here = () => {
    if (!course) return 0;
    const k = desk.setting("k", "");
    return placeOf(course, k === "" ? Number.POSITIVE_INFINITY : Number(k) || 0);
  };

  // -- what changes it ------------------------------------------------------------------------------------------------

  const keep = (/** @type {Sheet} */ next) => {
    sheet = next;
    const text = csvOf(next);
    held = text.length > HELD ? text : "";
    desk.set("csv", held ? null : text);
    key = JSON.stringify(question());
    showSheet();
    if (!held) return; // else the address has changed, and all that depends on it asks by itself
    ask();
    driver?.begin();
  };
  const take = (/** @type {string} */ text) => {
    held = text.length > HELD ? text : "";
    desk.set("csv", held ? null : text);
    ask();
  };
  const chooseRow = (/** @type {number} */ row) => desk.set("row", chosenRow() === row ? null : String(row + 1));
  const open = () => {
    const program = chosenSet()?.program;
    if (!program) return;
    for (const each of OWN) desk.set(each, null);
    desk.set("set", setName());
    desk.open({ source: program.source, inputs: program.inputs });
    desk.say(`The program for ${chosenSet()?.title} is open.`);
  };
  picker.addEventListener("change", () => {
    held = "";
    for (const each of ["csv", ...OWN]) desk.set(each, null);
    desk.set("set", picker.value);
    ask();
  });
  const cells = createCells({
    edit: (row, column, number) => keep(withCell(sheet, row, column, number)),
    add: () => keep(withRow(sheet)),
    remove(row) {
      if (sheet.rows.length > 1) keep(withoutRow(sheet, row));
      desk.say(sheet.rows.length > 1 ? "The row is deleted." : "The last row stays.");
    },
    choose: chooseRow,
    name(column, input) {
      const names = sheet.columns.map((each, at) => (at === column ? input : (mapped()?.[at] ?? each)));
      const doubled = names.findIndex((each, at) => at !== column && each === input);
      if (doubled >= 0) names[doubled] = mapped()?.[column] ?? names[doubled];
      desk.set("columns", names.join(","));
    },
    async paste(row, column, text) {
      const answer = await desk.ask("/api/v1/data", { csv: text });
      if (answer.problem) return cells.complain(complaintOf(answer.problem));
      keep(withPasted(sheet, row, column, sheetOf(answer), isNamed(text)));
      desk.say(`${answer.rows.length} rows are pasted.`);
    },
  });
  const text = textOf(desk, take);

  // -- what is shown --------------------------------------------------------------------------------------------------

  const showSheet = () => {
    cells.show(sheet, inputs(), mapped());
    cells.choose(chosenRow());
    text.show(csvOf(sheet), Boolean(held));
    picker.value = setName();
    const edited = picker.selectedOptions[0];
    for (const option of picker.options) option.textContent = titleIn(sets, option.value);
    if (edited && csv()) edited.textContent = `${titleIn(sets, edited.value)} (edited)`;
    const program = chosenSet()?.program;
    opener.hidden = !program || program.source.trim() === desk.store.state.source.trim();
  };
  const showLoss = () => {
    loss.element.hidden = course === null;
    if (!course) return;
    const move = (/** @type {number} */ at) => desk.set("k", String(course?.iterations.k[at] ?? 0));
    loss.show({ ...lossOf(course, here(), move), height: height() });
  };
  const showFit = () => {
    cells.predict(predictions?.rows ?? null);
    fit.element.hidden = predictions === null;
    if (!predictions) return;
    const shownFit = { predictions, plane, sheet, names: mapped() ?? sheet.columns, threshold: threshold() };
    fit.show({ ...fitOf({ ...shownFit, row: chosenRow(), choose: chooseRow }), height: height() });
  };
  const showSaying = () => {
    if (!course) return;
    const k = course.iterations.k[here()];
    const loss = course.iterations.shown[here()]?.loss[0];
    const told = predictedAt === k ? predictions : null;
    const isRight = told !== null && told.right === told.rows.length;
    const worry = course.diagnosis.find(({ kind }) => !["progress", "plateau", isRight && "vanishing"].includes(kind));
    const fitted = prediction() ? told?.sentence : NO_PREDICTION;
    const words = [`At iteration ${k} the mean ${course.output.label} is ${loss}.`, fitted, worry?.sentence];
    saying.textContent = [...words, ...course.warnings].filter(Boolean).join(" ");
  };
  const overlay = () => {
    const row = chosenRow();
    const names = mapped();
    const at = course ? inputsAt(course, here()) : null;
    const own = row === null || !names ? {} : Object.fromEntries(names.map((each, k) => [each, sheet.rows[row][k]]));
    const next = { ...at, ...own };
    const isSame = JSON.stringify(next) === JSON.stringify(desk.store.state.overlay ?? {});
    if (!isSame) desk.overlay(Object.keys(next).length ? next : null);
  };
  const look = async () => {
    const node = prediction();
    const names = mapped();
    if (!course || !names || !isReady() || isLooking) return;
    if (!node) {
      predictions = plane = null;
      return showFit();
    }
    isLooking = true;
    const { signal } = stop;
    const common = { ...desk.program(), data: data(), node, threshold: threshold() };
    const [x, y] = names;
    const at = here();
    const k = course.iterations.k[at];
    const asked = lookedFor();
    try {
      const values = at === 0 ? null : (valuesAt(course, at) ?? (await states.at(k, signal)));
      const body = { ...common, values };
      const [told, drawn] = await Promise.all([
        desk.ask(
          "/api/v1/predictions",
          { ...body, target: names[names.length - 1], x: names.length === 2 ? x : null },
          signal,
        ),
        names.length > 2 ? desk.ask("/api/v1/boundary", { ...body, x, y }, signal) : null,
      ]);
      if (signal.aborted) return;
      predictions = told.problem ? null : told;
      predictedAt = k;
      plane = drawn?.problem ? null : drawn;
      showFit();
      showSaying();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      if (!signal.aborted) {
        isLooking = false;
        if (asked !== lookedFor()) lookSoon();
      }
    }
  };
  const lookedFor = () => JSON.stringify([key, desk.program(), here(), course?.done, prediction(), threshold()]);
  const lookSoon = () => {
    if (timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      look();
    }, CALM);
  };
  const showAt = () => {
    showLoss();
    showSaying();
    overlay();
    lookSoon();
  };
  const lookAway = () => {
    clearTimeout(timer);
    timer = 0;
    stop.abort();
    stop = new AbortController();
    isLooking = false;
  };
  const clear = () => {
    lookAway();
    course = predictions = plane = null;
    saying.textContent = "";
    progress.textContent = "";
    pause.hidden = true;
    showLoss();
    showFit();
    overlay();
  };

  // -- what asks ------------------------------------------------------------------------------------------------------

  /** @type {Desk} */
  const trainer = {
    ...desk,
    setting,
    async ask(path, body, signal) {
      const detail = !isReady() ? "" : mapped() ? null : unfitOf(sheet.columns);
      if (detail !== null) {
        clear();
        return { problem: { detail } };
      }
      const answer = await states.ask(path, body, signal);
      if (answer.problem && !signal?.aborted) clear();
      return answer;
    },
  };
  const begin = () => {
    driver ??= driverOf(
      trainer,
      room,
      (answer, isOver) => {
        if (!isReady() || !isOpen) return;
        course = answer;
        progress.textContent = isOver ? "" : answer.progress.text;
        pause.hidden = isOver;
        pause.textContent = driver?.isPaused() ? "Resume" : "Pause";
        if (isOver) desk.say(`${answer.progress.text}.`);
        showAt();
      },
      () => (isReady() && mapped() ? { data: data() } : { data: null }),
    );
    driver.begin();
  };
  /** @type {() => void} */
  let ask = () => {};
  const bound = { ...desk, setting }; // fields show what is usual for the set
  const form = make("div");
  const fillForm = () => {
    const made = fields(
      "Data",
      make("label", {}, "Data ", picker),
      opener,
      logSlider(bound, { name: "lr", label: "Learning rate", otherwise: "", least: -4, most: 1 }),
      numberField(bound, { name: "iterations", label: "Iterations", otherwise: "" }),
      pause,
      progress,
      methodOf(bound),
    );
    form.replaceChildren(made);
  };
  room.append(
    form,
    saying,
    make(
      "div",
      { class: "parts" },
      loss.element,
      fit.element,
      make(
        "div",
        { class: "sheet" },
        cells.element,
        button("Add a row", () => addRow()),
        text.element,
      ),
    ),
  );
  const addRow = () => {
    keep(withRow(sheet));
    cells.enter(sheet.rows.length - 1);
  };
  clear();
  table("/api/v1/data/sets").then((answer) => {
    if (!isOpen) return;
    sets = answer?.sets ?? [];
    picker.append(...sets.map(({ name: value, title: said }) => make("option", { value }, said)));
    fillForm();
    text.show(csv(), false);
    ask = desk.live({
      path: "/api/v1/data",
      question: () => {
        if (desk.store.state.run === null) return null;
        if (desk.setting("csv", "")) held = "";
        return question();
      },
      show(told) {
        if (!isOpen) return;
        sheet = sheetOf(told);
        key = JSON.stringify(question());
        text.right();
        showSheet();
        begin();
      },
      room,
    });
  });
  desk.watch((state, before) => {
    if (state.run !== before.run && state.run?.topology !== before.run?.topology && driver) {
      showSheet();
      driver.begin();
    }
    if (state.settings === before.settings) return;
    const isOf = (/** @type {string} */ each) => state.settings[each] !== before.settings[each];
    if (isOf("columns")) showSheet();
    if (["k", "row", "prediction", "threshold"].some(isOf)) {
      cells.choose(chosenRow());
      showAt();
      if (isOf("row")) showFit();
    }
  });
  return () => {
    isOpen = false;
    lookAway();
    driver?.stop();
    text.close();
    loss.close();
    fit.close();
  };
}

// -- fields -----------------------------------------------------------------------------------------------------------

/** @param {Desk} desk */
function methodOf(desk) {
  const knobs = make("span", { class: "knobs" });
  const showKnobs = () => {
    const all = [
      ...chosenFrom(OPTIMIZERS, desk.setting("optimizer", "SGD"))[2],
      ...chosenFrom(SCHEDULES, desk.setting("schedule", ""))[2],
    ];
    const wanted = all.map((knob) => knob.name).join(" ");
    if (knobs.dataset.of === wanted) return;
    knobs.dataset.of = wanted;
    knobs.replaceChildren(...all.map((knob) => numberField(desk, knob)));
  };
  desk.watch((state, before) => {
    if (state.settings !== before.settings) showKnobs();
  });
  showKnobs();
  const isVariable = (/** @type {import("../trace.js").Node} */ node) =>
    node.role === "operation" && node.name !== null;
  const pairs = (/** @type {[string, string, unknown][]} */ rows) =>
    rows.map(([value, said]) => /** @type {[string, string]} */ ([value, said]));
  return make(
    "details",
    { class: "method" },
    make("summary", {}, "Method"),
    fields(
      "Method",
      choice(desk, { name: "optimizer", label: "Optimizer", otherwise: "", choices: pairs(OPTIMIZERS) }),
      choice(desk, { name: "schedule", label: "Schedule", otherwise: "", choices: pairs(SCHEDULES) }),
      knobs,
      nodeChoice(desk, { name: "prediction", label: "Prediction", which: isVariable, none: "as usual" }),
      numberField(desk, {
        name: "threshold",
        label: "Changes sides at",
        otherwise: "",
        hint: "where a prediction changes sides; empty: between the classes, 0 for a score",
      }),
    ),
  );
}

/**
 * Return the table as text, which one edits, pastes, or takes from a file.
 * @param {Desk} desk
 * @param {(text: string) => void} take
 */
function textOf(desk, take) {
  const mistake = make("p", { class: "mistake", role: "alert", id: "csv-mistake" });
  const area = make("textarea", {
    rows: "6",
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": "The data as CSV",
    "aria-describedby": "csv-mistake",
  });
  const file = make("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv,text/plain" });
  const long = make(
    "p",
    { class: "hint", hidden: "" },
    `Over ${HELD} characters: the address does not hold this table.`,
  );
  const element = make(
    "details",
    { class: "csv" },
    make("summary", {}, "As CSV"),
    area,
    mistake,
    make("label", {}, "From a file ", file),
  );
  element.append(long);
  let timer = 0;
  let stop = new AbortController();
  const right = () => {
    mistake.textContent = "";
    area.removeAttribute("aria-invalid");
  };
  const read = async (/** @type {string} */ typed) => {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    try {
      const answer = await desk.ask("/api/v1/data", { csv: typed }, signal);
      if (signal.aborted) return;
      if (answer.problem) {
        mistake.textContent = complaintOf(answer.problem);
        area.setAttribute("aria-invalid", "true");
        return;
      }
      right();
      take(typed);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => read(area.value), TYPING);
  });
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    area.value = await chosen.text();
    file.value = "";
    read(area.value);
  });
  return {
    element,
    right,
    /**
     * @param {string} csv
     * @param {boolean} isLong
     */
    show(csv, isLong) {
      if (document.activeElement !== area) area.value = csv;
      long.hidden = !isLong;
    },
    close() {
      clearTimeout(timer);
      stop.abort();
    },
  };
}

/** @param {import("../trace.js").Problem} problem */
function complaintOf({ detail }) {
  const said = detail.replace(/^\/?\w+: /, "");
  return said.charAt(0).toUpperCase() + said.slice(1) + (/[.!?]$/.test(said) ? "" : ".");
}

/** @param {string[]} columns */
function unfitOf(columns) {
  return (
    `The table has the columns ${columns.join(", ")}; the program has no such inputs. ` +
    "Open a program of the set, or choose an input for each column."
  );
}

/**
 * @param {DataSet[]} sets
 * @param {string} wanted
 */
function titleIn(sets, wanted) {
  return sets.find(({ name: each }) => each === wanted)?.title ?? "";
}

/**
 * @param {{columns: string[], rows: import("./plot.js").Value[][]}} answer
 * @returns {Sheet}
 */
function sheetOf({ columns, rows }) {
  return { columns, rows: rows.map((row) => row.map(String)) };
}

// -- numbers between those that are told ------------------------------------------------------------------------------

/**
 * Return what asks for a descent and remembers its states, so that the parameters of any iteration can be had: from the
 * last state before it one goes on to it.
 * @param {Desk} desk
 */
function statesOf(desk) {
  /** @type {Map<number, any>} */
  let known = new Map();
  /** @type {Record<string, any>} */
  let asked = {};
  return {
    /** @type {Desk["ask"]} */
    async ask(path, body, signal) {
      const { state, ...rest } = /** @type {Record<string, any>} */ (body);
      if (!state) known = new Map();
      asked = rest;
      const answer = await desk.ask(path, body, signal);
      if (!answer.problem && !signal?.aborted) known.set(answer.done, answer.state);
      return answer;
    },
    /**
     * @param {number} k
     * @param {AbortSignal} signal
     */
    async at(k, signal) {
      const before = Math.max(-1, ...[...known.keys()].filter((each) => each <= k));
      let state = known.get(before);
      let done = before;
      while (done < k) {
        const body = { ...asked, iterations: k, tell: 1, ...(state ? { state } : {}) };
        const answer = await desk.ask("/api/v1/descend", body, signal);
        if (answer.problem) return null;
        state = answer.state;
        done = answer.done;
      }
      known.set(k, state);
      return state.values;
    },
  };
}

// -- pictures ---------------------------------------------------------------------------------------------------------

/**
 * @param {Course} course
 * @param {number} at
 * @param {(at: number) => void} move
 * @returns {Picture}
 */
function lossOf({ iterations, diagnosis, output }, at, move) {
  const { k, loss, shown } = iterations;
  const label = `mean ${output.label}`;
  return {
    title: `${label} over the iterations`,
    summary: diagnosis.map(({ sentence }) => sentence).join(" "),
    x: { label: "iteration" },
    y: { label },
    series: [{ name: label, x: k, y: loss, kind: k.length > 40 ? "line" : "both", strong: true }],
    cursor: {
      count: k.length,
      at,
      x: (place) => k[place],
      y: (place) => Number(loss[place]),
      text: (place) => `iteration ${k[place]}: ${label} ${shown[place]?.loss[0] ?? "–"}`,
      move,
    },
    table: {
      caption: "The iterations",
      head: ["iteration", label, "size of the gradient"],
      rows: shown.map((told) => [String(told.k), told.loss, told.grad_norm]),
    },
  };
}

/**
 * @param {{predictions: Predictions, plane: Plane | null, sheet: Sheet, names: string[], threshold: number,
 *   row: number | null, choose: (row: number) => void}} shown
 * @returns {Picture}
 */
function fitOf({ predictions, plane, sheet, names, threshold, row, choose }) {
  const { node, rows, xs, curve, sentence } = predictions;
  const numbers = sheet.rows.map((cells) => cells.map(Number));
  const target = names.length - 1;
  const goals = numbers.map((cells) => cells[target]);
  const classes = classesOf(goals);
  const signs = classes && goals.map((goal) => /** @type {-1 | 1} */ (goal === classes[1] ? 1 : -1));
  const isPlane = plane !== null && names.length > 2;
  const up = isPlane ? 1 : target;
  const xOf = (/** @type {number} */ at) => numbers[at][0];
  const yOf = (/** @type {number} */ at) => numbers[at][up];
  const points = {
    name: isPlane || !classes ? names[target] : `${names[target]} of the rows`,
    x: numbers.map((_, at) => xOf(at)),
    y: numbers.map((_, at) => yOf(at)),
    kind: /** @type {const} */ ("points"),
    ...(isPlane && signs ? { signs, unlisted: true } : {}),
  };
  const told = (/** @type {number} */ at) =>
    `row ${at + 1}: ${names.map((each, column) => `${each} ${sheet.rows[at][column]}`).join(", ")}; ` +
    `${node.label} ${rows[at]?.shown.value[0] ?? "–"}`;
  const shared = {
    x: { label: names[0] },
    cursor: { count: numbers.length, at: row, x: xOf, y: yOf, text: told, move: choose },
    table: {
      caption: `${node.label} for each row`,
      head: ["row", ...names, node.label, ...(classes ? ["right side"] : [])],
      rows: rows.map(({ shown: { value }, right }, at) => [
        String(at + 1),
        ...(sheet.rows[at] ?? []),
        value,
        ...(right === null ? [] : [right ? "yes" : "no"]),
      ]),
    },
  };
  if (isPlane)
    return {
      ...shared,
      title: `${node.label} over ${names[0]} and ${names[1]}`,
      summary: `${sentence} ${plane.sentence}`,
      y: { label: names[1] },
      grid: { x: plane.xs, y: plane.ys, values: above(plane.values, threshold), signed: true },
      series: [points],
    };
  return {
    ...shared,
    title: `${node.label} and the data`,
    summary: sentence,
    y: { label: names[target] },
    rules: classes ? [{ axis: "y", at: threshold }] : [],
    series: [points, ...(xs.length ? [{ name: node.label, x: xs, y: curve, strong: true }] : [])],
  };
}

/**
 * @param {import("./plot.js").Value[][]} values
 * @param {number} threshold
 */
function above(values, threshold) {
  return values.map((line) => line.map((value) => (typeof value === "number" ? value - threshold : value)));
}
