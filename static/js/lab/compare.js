// @ts-check
/**
 * Your engine: what one's own autodiff computed, beside the numbers here. Start at `mount`.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{ours: Shown, theirs: Shown | null}} Both
 * @typedef {{kind: "data" | "edge" | "grad", node: string, operand: string | null, slot: number | null, at: string}} First
 * @typedef {{agrees: boolean, verdict: string, first: First | null, slips: {title: string, text: string, name: string,
 *   fault: boolean}[], nodes: {node: string, label: string, agrees: boolean, shown: {data: Both, grad: Both}}[],
 *   unmatched: string[], missing: string[]}} Compared
 */

import { table } from "../api.js";
import { make } from "../dom.js";
import { button, fields } from "./form.js";
import { tableOf } from "./rows.js";

export const name = "compare";
export const title = "Your engine";
export const about =
  "Paste what your own autodiff computed for this program: the first difference and its likely cause.";

const KEPT = 1500; // characters of a trace that the address keeps
const MOST_NODES = 60;
const MOST_NAMES = 8;

/**
 * Return a list of names in a sentence.
 * @param {string[]} names
 */
export function listed(names) {
  const few = names.slice(0, MOST_NAMES).join(", ");
  return names.length > MOST_NAMES ? `${few} and ${names.length - MOST_NAMES} more` : few;
}

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  let text = desk.setting("trace", "");
  const field = make("textarea", {
    rows: "4",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: '{"a": 4.0, "b": 2.0}',
    "aria-label": "What your engine computed",
  });
  field.value = text;
  const verdict = make("p", { class: "saying" });
  const answered = make("div", { class: "answered" });
  const slips = make("ul", { class: "slips" });
  const rows = make("div", {});
  const rest = make("p", { class: "rest" });
  answered.append(verdict, slips, rows, rest);

  const hint = () => {
    answered.classList.add("empty");
    verdict.textContent =
      "Nothing is pasted yet. Gradients by name will do, as JSON or as Python prints a dictionary; a whole graph tells more: the first edge that differs.";
    slips.replaceChildren();
    rows.replaceChildren();
    rest.textContent = "";
    desk.trace(null);
  };
  let askNow = () => {};
  const take = (/** @type {string} */ given) => {
    text = given;
    if (field.value !== given) field.value = given;
    desk.set("trace", given && given.length <= KEPT ? given : null);
    if (given.trim()) desk.trace(null);
    else hint();
    askNow();
  };
  field.addEventListener("input", () => take(field.value));
  desk.watch((state, before) => {
    const { trace = "" } = state.settings;
    if (trace !== (before.settings.trace ?? "") && trace !== text && text.length <= KEPT) take(trace);
  });

  const show = (/** @type {Compared} */ answer) => {
    answered.classList.remove("empty");
    verdict.textContent = answer.verdict;
    slips.replaceChildren(...answer.slips.map((slip) => slipOf(desk, slip)));
    rows.replaceChildren(rowsOf(answer.nodes));
    rest.textContent = [
      answer.unmatched.length ? `Only in your trace: ${listed(answer.unmatched)}.` : "",
      answer.missing.length ? `Only in this program: ${listed(answer.missing)}.` : "",
    ].join(" ");
    desk.trace(answer.first && tracedOf(answer.first));
  };

  const printed = make("details", { class: "print" }, make("summary", {}, "How to print it in Python"));
  table("/api/v1/faults").then((known) => {
    for (const each of known?.snippets ?? []) printed.append(...snippetOf(desk, each));
  });
  room.append(
    make(
      "div",
      { class: "beside" },
      make(
        "section",
        { class: "given" },
        field,
        fields(
          "Bring a trace",
          fileField(take),
          button("An example with a bug", () => exampleOf(desk, take)),
          button("Clear", () => {
            take("");
            field.focus();
          }),
        ),
        printed,
      ),
      answered,
    ),
  );
  askNow = desk.live({
    path: "/api/v1/compare",
    question: (program) => (text.trim() && program.source.trim() ? { ...program, trace: text } : null),
    show: (answer) => {
      if (text.trim()) show(answer);
    },
    room: answered,
    wait: 250,
  });
  if (!text.trim()) hint();
}

/** @param {First} first */
function tracedOf({ node, operand, slot, at }) {
  return operand === null ? { nodes: [at], edges: [] } : { nodes: [node, operand], edges: [`${node}.${slot}`] };
}

/**
 * @param {Desk} desk
 * @param {Compared["slips"][number]} slip
 */
function slipOf(desk, { name: fault, title: heading, text, fault: isKnown }) {
  const row = make("li", {}, make("strong", {}, `${heading}. `), text);
  if (isKnown) {
    const watch = () => {
      desk.set("fault", fault);
      desk.set("faultstep", null);
      desk.store.dispatch({ type: "view", view: { lab: "break" } });
    };
    row.append(" ", button("Watch it happen", watch));
  }
  return row;
}

/** @param {Compared["nodes"]} nodes */
function rowsOf(nodes) {
  const few = nodes.length <= MOST_NODES ? nodes : [...nodes].sort((x, y) => Number(x.agrees) - Number(y.agrees));
  const shown = few.slice(0, MOST_NODES);
  const withData = shown.some(({ shown: { data } }) => data.theirs);
  return tableOf({
    caption: "Nodes that both engines have",
    head: ["Node", ...(withData ? ["data, yours", "data, here"] : []), "grad, yours", "grad, here", "Verdict"],
    rows: shown.map(({ label, agrees, shown: { data, grad } }) => [
      label,
      ...(withData ? [data.theirs, data.ours] : []),
      grad.theirs,
      grad.ours,
      agrees ? "agrees" : "differs",
    ]),
    mark: (row) => (shown[row]?.agrees ? null : "wrong"),
  });
}

/** @param {(text: string) => void} take */
function fileField(take) {
  const field = make("input", { type: "file", accept: ".json,.txt,application/json", hidden: "" });
  field.addEventListener("change", async () => {
    const file = field.files?.[0];
    if (file) take(await file.text());
    field.value = "";
  });
  return make(
    "span",
    {},
    field,
    button("Open a file", () => field.click()),
  );
}

/**
 * Fill in what an engine with `=` for `+=` would compute for this program.
 * @param {Desk} desk
 * @param {(text: string) => void} take
 */
async function exampleOf(desk, take) {
  for (const fault of ["assign", "no_zero_grad"]) {
    const answer = await desk.ask("/api/v1/break", { ...desk.program(), fault });
    if (answer.problem) {
      desk.say(answer.problem.detail);
      return;
    }
    if (answer.shows) {
      /** @type {{leaf: boolean, label: string, wrong: number | string}[]} */
      const nodes = answer.nodes;
      const leaves = nodes.filter(({ leaf }) => leaf).reverse();
      take(JSON.stringify(Object.fromEntries(leaves.map(({ label, wrong }) => [label, wrong]))));
      return;
    }
  }
}

/**
 * @param {Desk} desk
 * @param {{title: string, about: string, code: string}} snippet
 */
function snippetOf(desk, { title: heading, about: when, code }) {
  const copied = async () => {
    try {
      await navigator.clipboard.writeText(code);
      desk.say("Copied.");
    } catch {
      desk.say("Select the text and copy it with the keyboard.");
    }
  };
  return [
    make("h3", {}, heading),
    make("p", {}, when),
    make("pre", { tabindex: "0", "aria-label": heading }, make("code", {}, code)),
    button("Copy", copied),
  ];
}
