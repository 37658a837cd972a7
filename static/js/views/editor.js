// @ts-check
/**
 * The editor: CodeMirror over the server's textarea, which stays where there is no bundle. Mistakes stand at their place.
 * In `editor/`: `codemirror.js` and `plain.js`, the two editors; `suggest.js`, `hover.js`, `problem.js`, what they tell.
 */

import { table } from "../api.js";
import { find } from "../dom.js";
import { factsAt } from "../facts.js";
import { overriddenIn } from "../overridden.js";
import { nodeOf } from "../player.js";
import { nodesAt, usedAt } from "../pointing.js";
import { edited, rangesIn } from "../positions.js";
import { entryOf, sortOf } from "../store.js";
import { load } from "./editor/codemirror.js";
import { plainEditor } from "./editor/plain.js";
import { mountProblem } from "./editor/problem.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../trace.js").Problem} Problem
 * @typedef {import("../trace.js").Fix} Fix
 * @typedef {{text: () => string, set: (text: string) => void, focus: () => void,
 *   diagnose: (problem: Problem | null) => void, mark: (spans: Mark[]) => void,
 *   overrule: (overrides: import("../overridden.js").Override[]) => void}} Editor
 * @typedef {{range: [number, number], strong: boolean}} Mark
 * @typedef {{typed: (source: string) => void, pointed: (offset: number | null) => void, ask: () => void, leave: () => void,
 *   travel: (way: "undo" | "redo") => void, mend: (fix: Fix) => void, mendFirst: () => boolean,
 *   vocabulary: () => Promise<import("../completion.js").Vocabulary | null>,
 *   variables: () => import("../completion.js").Variable[],
 *   facts: (offset: number) => Promise<import("../facts.js").Facts | null>}} Hands What an editor does in the page.
 */

/**
 * @param {Document} page
 * @param {Store} store
 * @param {() => void} ask runs the program at once
 */
export function mount(page, store, ask) {
  const host = find(page, "#editor");
  const area = /** @type {HTMLTextAreaElement} */ (find(host, "textarea"));
  const hands = handsOf(
    store,
    ask,
    () => editor.focus(),
    () => leave(page),
  );
  const list = mountProblem(find(page, "#problem"), host, hands.mend);
  let editor = plainEditor(area, hands);
  let marked = "";
  let overruled = "[]";
  const show = (/** @type {boolean} */ problems) => {
    const { state } = store;
    if (editor.text() !== state.source) editor.set(state.source);
    if (problems) editor.diagnose(state.problem);
    const marks = isFresh(state) ? marksOf(state) : [];
    const now = JSON.stringify(marks);
    if (now !== marked) editor.mark(marks);
    marked = now;
    if (isFresh(state)) overrule(state);
  };
  const overrule = (/** @type {State} */ state) => {
    const overrides = overriddenIn(state);
    const now = JSON.stringify(overrides);
    if (now !== overruled) editor.overrule(overrides);
    overruled = now;
  };
  store.subscribe((state, before) => {
    if (state.source !== before.source) list.typed();
    if (state.problem !== before.problem) list.show(state.problem);
    show(state.problem !== before.problem);
  });
  find(page, "#program").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  load(host, area, hands).then((better) => {
    if (!better) return;
    editor = better;
    marked = "";
    overruled = "[]";
    show(true);
  });
  return { focusEditor: () => editor.focus() };
}

/**
 * @param {Store} store
 * @param {() => void} ask
 * @param {() => void} focus
 * @param {() => void} leave
 * @returns {Hands}
 */
function handsOf(store, ask, focus, leave) {
  const mend = (/** @type {Fix} */ fix) => {
    const { source, problem } = store.state;
    if ((problem?.source ?? source) !== source) return false;
    store.dispatch({ type: "typed", source: edited(source, fix.edits), whole: true });
    focus();
    ask();
    return true;
  };
  return {
    ask,
    leave,
    mend,
    mendFirst() {
      const fix = store.state.problem?.errors.find((mistake) => mistake.fix)?.fix;
      return fix ? mend(fix) : false;
    },
    typed(source) {
      if (source !== store.state.source) store.dispatch({ type: "typed", source });
    },
    pointed: (offset) => point(store, offset),
    travel: (way) => store.dispatch({ type: way }),
    vocabulary: () => table("/api/v1/names"),
    variables: () => variablesOf(store.state),
    async facts(offset) {
      const [vocabulary, ops] = await Promise.all([table("/api/v1/names"), table("/api/v1/ops")]);
      return factsAt(store.state, vocabulary, ops?.operations ?? [], offset);
    },
  };
}

/**
 * Go to the graph, where the keys of the page work again.
 * @param {Document} page
 */
function leave(page) {
  if (page.activeElement instanceof HTMLElement) page.activeElement.blur(); // there may be no graph on this page
  find(page, "#canvas").focus({ preventScroll: true });
  find(page, "#status").textContent = "In the graph: → and ← take steps.";
}

/**
 * Mark the nodes that come from the piece of program at the cursor.
 * @param {Store} store
 * @param {number | null} offset null: the cursor is not there, or somebody types
 */
function point(store, offset) {
  const { state } = store;
  const found = offset !== null && state.run && isFresh(state) ? nodesAt(state.run, offset) : [];
  const nodes = found.map(({ id }) => id);
  if (nodes.join() !== state.marked.join()) store.dispatch({ type: "marked", nodes });
}

/**
 * Return whether the run at hand is that of the text.
 * @param {State} state
 */
function isFresh({ stale, run, source }) {
  return !stale && source === run?.source;
}

/** @param {State} state */
function variablesOf({ run }) {
  return Object.entries(run?.variables ?? {}).map(([name, id]) => {
    const shown = nodeOf(run, id)?.shown;
    return { name, detail: shown ? `${shown.data[2]} ${shown.data[0]}` : "" };
  });
}

/**
 * The piece of source that the current step comes from, in it the operand which receives, and the calls on the way; in
 * the topological sort that of the node which is visited, at rest that of the node whose card is open.
 * @param {State} state
 * @returns {Mark[]}
 */
function marksOf(state) {
  const { run } = state;
  if (!run) return [];
  const range = rangesIn(state.source);
  const sort = sortOf(state);
  const visited = sort?.events[sort.done - 1] ?? null;
  if (visited) {
    const span = nodeOf(run, visited.node)?.span;
    return span ? [{ range: range(span), strong: true }] : [];
  }
  const pieces = state.step === null ? lookedAt(state) : piecesOf(state);
  const marks = pieces.flatMap(({ span, strong }) => (span ? [{ range: range(span), strong }] : []));
  const used = usedAt(run, state.step === null ? null : entryOf(state));
  return used ? [...marks, { range: used, strong: true }] : marks;
}

/**
 * @param {State} state
 * @returns {{span: import("../trace.js").Span | null | undefined, strong: boolean}[]}
 */
function lookedAt({ run, look }) {
  return look === null ? [] : [{ span: nodeOf(run, look)?.span, strong: true }];
}

/**
 * @param {State} state
 * @returns {{span: import("../trace.js").Span | null | undefined, strong: boolean}[]}
 */
function piecesOf(state) {
  const { run } = state;
  const step = entryOf(state);
  if (!step) return [];
  const spanOf = (/** @type {string | undefined} */ id) => nodeOf(run, id)?.span;
  const group = run?.groups?.find(({ key }) => key === step.group);
  const calls = nodeOf(run, step.node)?.calls ?? [];
  return [
    ...calls.map((span) => ({ span, strong: false })),
    { span: group?.span ?? step.span ?? spanOf(step.node), strong: usedAt(run, step) === null },
  ];
}
