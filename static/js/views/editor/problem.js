// @ts-check
/**
 * Mistakes: as a list below the editor, with a button that mends each where the server knows how, and as diagnostics at
 * their places. The list waits until somebody has stopped typing: half a word is no mistake to be told of.
 */

import { make } from "../../dom.js";
import { rangesIn } from "../../positions.js";

/**
 * @typedef {import("../../trace.js").Problem} Problem
 * @typedef {import("../../trace.js").Fix} Fix
 * @typedef {(fix: Fix) => void} Mend
 */

const SETTLED = 700; // ms without a key press

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} host of the editor; wears `typing` until what is typed has settled
 * @param {Mend} mend
 * @returns {{typed: () => void, show: (problem: Problem | null) => void}}
 */
export function mountProblem(root, host, mend) {
  let timer = 0;
  /** @type {Problem | null} */
  let latest = null;
  const settle = () => {
    timer = 0;
    host.classList.remove("typing");
    write(root, latest, mend);
  };
  return {
    typed() {
      clearTimeout(timer);
      host.classList.add("typing");
      timer = window.setTimeout(settle, SETTLED);
    },
    show(problem) {
      const isCleared = problem?.source?.trim() === ""; // that is no mistake; the page says what to do
      latest = isCleared ? null : problem;
      if (!timer || !latest) write(root, latest, mend);
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {Problem | null} problem
 * @param {Mend} mend
 */
function write(root, problem, mend) {
  const told = JSON.stringify(problem && [problem.detail, problem.errors]);
  if (root.dataset.told === told || (root.hidden && !problem)) return;
  root.dataset.told = told;
  root.hidden = problem === null;
  const lines = (problem?.errors ?? []).flatMap(({ line, message, hint, fix }) => [
    make("p", { class: "mistake" }, ...(line ? [make("strong", {}, `Line ${line}:`), " "] : []), message),
    ...(hint ? [make("p", { class: "hint" }, hint)] : []),
    ...(fix ? [make("p", {}, buttonOf(fix, mend))] : []),
  ]);
  if (problem && lines.length === 0) lines.push(make("p", { class: "mistake" }, problem.detail));
  root.replaceChildren(...lines);
}

/**
 * @param {Fix} fix
 * @param {Mend} mend
 */
function buttonOf(fix, mend) {
  const button = make("button", { type: "button", class: "button fix" }, fix.title);
  button.addEventListener("click", () => mend(fix));
  return button;
}

/**
 * Return the mistakes as CodeMirror takes them. Those of another text are not at their places any more.
 * @param {string} text
 * @param {Problem | null} problem
 * @param {Mend} mend
 */
export function diagnosticsOf(text, problem, mend) {
  if (!problem || (problem.source ?? text) !== text) return [];
  const range = rangesIn(text);
  return problem.errors.flatMap(({ line, column, end_line, end_column, message, hint, fix }) => {
    if (line === undefined || column === undefined) return [];
    const [from, to] = range({ line, column, end_line: end_line ?? line, end_column: end_column ?? column });
    return [
      {
        from,
        to,
        severity: /** @type {const} */ ("error"),
        message: hint ? `${message}\n${hint}` : message,
        actions: fix ? [{ name: fix.title, apply: () => mend(fix) }] : [],
      },
    ];
  });
}
