// @ts-check
/**
 * Break it: a wrong backward pass beside the right one, step by step up to the first wrong number. Start at `mount`.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{name: string, title: string, about: string, lines: {text: string, wrong: boolean}[], cure: string}} Fault
 * @typedef {{kind: "seed" | "edge", node: string, operand: string | null, slot: number | null, text: string, brief: string,
 *   wrong: boolean, why: string | null}} Step
 * @typedef {{step: number, node: string, label: string, why: string}} First
 * @typedef {{label: string, differs: boolean, shown: {right: Shown, wrong: Shown}}} Compared
 * @typedef {{fault: Fault, right: Step[], wrong: Step[], first: First | null, verdict: string, nodes: Compared[]}} Broken
 * @typedef {{source: string, inputs: Record<string, number>, text: string, leaves: {name: string, differs: boolean,
 *   shown: {right: Shown, wrong: Shown}}[]}} Smallest
 */

import { table } from "../api.js";
import { disable, isDisabled, make, reveal } from "../dom.js";
import { button, choice, fields } from "./form.js";
import { tableOf } from "./rows.js";

export const name = "break";
export const title = "Break it";
export const about = "Give the backward pass a bug, and watch where the first wrong number comes from.";

const FIRST = "assign"; // the fault that is shown, if none was chosen
const AT = "faultstep"; // the setting: how many steps of both passes are done
const ROWS = 40; // steps of a long pass that stand in a list, around the moment
const MOST_NODES = 60;

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  table("/api/v1/faults").then((known) => {
    if (!room.isConnected) return;
    if (known) fill(room, desk, known.faults);
    else room.append(make("p", { class: "mistake" }, "The table of faults did not come. Open this again."));
  });
}

/**
 * Return how many steps of both passes are done: as the setting says, else those up to the first wrong number.
 * @param {string} setting
 * @param {Pick<Broken, "first" | "right" | "wrong">} told
 */
export function momentOf(setting, told) {
  const most = Math.max(told.right.length, told.wrong.length);
  const given = /^\d{1,6}$/.test(setting) ? Number(setting) : null;
  return Math.min(given ?? (told.first ? told.first.step + 1 : most), most);
}

/**
 * Return which steps stand in a list: [from, to), around the last one of `done` that is done.
 * @param {number} done
 * @param {number} count
 * @returns {[number, number]}
 */
export function stretchOf(done, count) {
  const to = Math.min(count, Math.max(done + ROWS / 4, ROWS));
  return [Math.max(0, to - ROWS), to];
}

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 * @param {Fault[]} faults
 */
function fill(room, desk, faults) {
  /** @type {Broken | null} */
  let told = null;
  const fault = () => {
    const wanted = desk.setting("fault", FIRST);
    return faults.some((each) => each.name === wanted) ? wanted : FIRST;
  };
  const moment = () => (told ? momentOf(desk.setting(AT, ""), told) : 0);
  const walk = (/** @type {number | null} */ to) => {
    desk.set(AT, to === null ? null : String(to));
    const step = told?.wrong[moment() - 1];
    if (step) desk.say(step.why ?? step.brief);
  };
  const stepper = (/** @type {string} */ text, /** @type {() => number | null} */ to) => {
    const made = button(text, () => {
      if (told && !isDisabled(made)) walk(to());
    });
    return made;
  };
  const back = stepper("Back", () => moment() - 1);
  const next = stepper("Next", () => moment() + 1);
  const first = stepper("First wrong number", () => null);
  const slider = make("input", { type: "range", min: "0", step: "1", "aria-label": "Steps done", autocomplete: "off" });
  slider.addEventListener("input", () => desk.set(AT, slider.value));
  const verdict = make("p", { class: "saying" });
  const found = make("p", { class: "found", hidden: "" });
  const why = make("p", { class: "why" });
  const slip = make("section", { class: "slip" });
  const [right, wrong] = [passOf("right", "As it should be"), passOf("wrong", "With the fault")];
  const ends = make("div", { class: "ends" });
  room.append(
    fields(
      "The fault",
      choice(desk, {
        name: "fault",
        label: "Fault",
        otherwise: FIRST,
        choices: faults.map((each) => [each.name, each.title]),
      }),
      make("span", { class: "moment" }, back, next, slider),
      first,
      button("Smallest program", () => findSmallest(desk, fault(), found)),
    ),
    found,
    verdict,
    make("div", { class: "passes" }, slip, right.element, wrong.element, why, ends),
  );

  const showMoment = () => {
    if (!told) return;
    const done = moment();
    const most = Math.max(told.right.length, told.wrong.length);
    slider.max = String(most);
    slider.value = String(done);
    slider.setAttribute("aria-valuetext", `${done} of ${most}`);
    disable(back, done === 0);
    disable(next, done === most);
    disable(first, !told.first || done === told.first.step + 1);
    right.show(told.right, done);
    wrong.show(told.wrong, done);
    const step = told.wrong[Math.min(done, told.wrong.length) - 1];
    const isFirst = told.first?.step === done - 1; // the sentence above tells of it
    why.textContent = isFirst ? "" : (step?.why ?? "");
    desk.trace(step ? tracedOf(step) : null);
  };
  const show = (/** @type {Broken} */ answer) => {
    told = answer;
    verdict.textContent = answer.verdict;
    slip.replaceChildren(...slipOf(answer.fault));
    ends.replaceChildren(endsOf(answer.nodes));
    showMoment();
  };
  desk.live({
    path: "/api/v1/break",
    question: (program) => (program.source.trim() ? { ...program, fault: fault() } : null),
    show,
    room,
  });
  desk.watch((state, before) => {
    if (state.source !== before.source || state.settings.fault !== before.settings.fault) {
      if (state.settings[AT] !== undefined && state.settings[AT] === before.settings[AT]) desk.set(AT, null);
    }
    if (state.settings.fault !== before.settings.fault) found.hidden = true;
    if (state.settings[AT] !== before.settings[AT]) showMoment();
  });
}

/** @param {Step} step */
function tracedOf({ node, operand, slot }) {
  return operand === null ? { nodes: [node], edges: [] } : { nodes: [node, operand], edges: [`${node}.${slot}`] };
}

/**
 * Return a list of the steps of a pass.
 * @param {"right" | "wrong"} which
 * @param {string} heading
 */
function passOf(which, heading) {
  const list = make("ol", { tabindex: "0", "aria-label": heading });
  const element = make("section", { class: "pass", "data-pass": which }, make("h3", {}, heading), list);
  /**
   * @param {Step[]} steps
   * @param {number} done
   */
  const show = (steps, done) => {
    const [from, to] = stretchOf(done, steps.length);
    list.start = from + 1;
    list.replaceChildren(...steps.slice(from, to).map((step, k) => rowOf(step, from + k + 1, done)));
    const current = list.querySelector(".current");
    if (current) reveal(list, current);
  };
  return { element, show };
}

/**
 * @param {Step} step
 * @param {number} at how many steps are done after it
 * @param {number} done
 */
function rowOf(step, at, done) {
  const isDone = at <= done;
  const kind = isDone ? (step.wrong ? "done wrong" : "done") : "later";
  const row = make("li", { class: at === done ? `${kind} current` : kind });
  if (at === done) row.setAttribute("aria-current", "step");
  if (isDone && step.wrong) row.append(make("strong", {}, "wrong: "));
  row.append(make("code", { title: step.text }, step.brief));
  return row;
}

/** @param {Fault} fault */
function slipOf({ about, lines, cure }) {
  const code = make("pre", { tabindex: "0", "aria-label": "The mistaken code" });
  for (const { text, wrong } of lines) {
    const line = make("code", wrong ? { class: "wrong" } : {}, text || " ");
    if (wrong) line.prepend(make("span", { class: "unseen" }, "wrong: "));
    code.append(line);
  }
  return [code, make("p", {}, "It should say ", make("code", {}, cure)), make("p", {}, about)];
}

/** @param {Compared[]} nodes */
function endsOf(nodes) {
  const few = nodes.length <= MOST_NODES ? nodes : [...nodes].sort((x, y) => Number(y.differs) - Number(x.differs));
  const rows = few.slice(0, MOST_NODES);
  return tableOf({
    caption: "Gradients at the end",
    head: ["Node", "As it should be", "With the fault", "Result"],
    rows: rows.map(({ label, differs, shown }) => [label, shown.right, shown.wrong, differs ? "wrong" : "right"]),
    mark: (row) => (rows[row]?.differs ? "wrong" : null),
  });
}

/**
 * @param {Desk} desk
 * @param {string} fault
 * @param {HTMLElement} found
 */
async function findSmallest(desk, fault, found) {
  /** @type {Smallest & {problem?: {detail: string}}} */
  const answer = await desk.ask("/api/v1/smallest", { fault });
  if (!found.isConnected) return;
  found.hidden = false;
  if (answer.problem) {
    found.textContent = answer.problem.detail;
    return;
  }
  const { source, inputs, leaves } = answer;
  const gradients = leaves.map((leaf) =>
    leaf.differs
      ? `${leaf.name}.grad ${leaf.shown.wrong[0]} for ${leaf.shown.right[0]}`
      : `${leaf.name}.grad ${leaf.shown.right[0]}`,
  );
  const open = () => {
    desk.open({ source, inputs });
    found.hidden = true;
    desk.say("The smallest program is opened.");
  };
  const program = make("code", {}, source.replaceAll("\n", "; "));
  found.replaceChildren(program, ` gives ${gradients.join(", ")}. ${answer.text} `, button("Open it", open));
  desk.say(`${source} shows it.`);
}
