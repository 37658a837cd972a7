// @ts-check
/** The editor: CodeMirror over the server's textarea, which stays where there is no bundle. Mistakes stand at their place. */

import { find, make } from "../dom.js";
import { nodeOf } from "../player.js";
import { rangeOf } from "../positions.js";
import { entryOf } from "../store.js";

/**
 * @typedef {typeof import("../../../app/assets/editor.js")} Bundle
 * @typedef {import("../trace.js").Problem} Problem
 * @typedef {{text: () => string, set: (text: string) => void, focus: () => void,
 *   diagnose: (problem: Problem | null) => void, mark: (spans: Mark[]) => void}} Editor
 * @typedef {{range: [number, number], strong: boolean}} Mark
 */

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 * @param {() => void} ask runs the program at once
 */
export function mount(page, store, ask) {
  const host = find(page, "#editor");
  const area = /** @type {HTMLTextAreaElement} */ (find(host, "textarea"));
  const typed = (/** @type {string} */ source) => {
    if (source !== store.state.source) store.dispatch({ type: "typed", source });
  };
  let editor = plain(area, typed);
  let marked = "";
  const show = (/** @type {boolean} */ problems) => {
    const { state } = store;
    if (editor.text() !== state.source) editor.set(state.source);
    if (problems) editor.diagnose(state.problem);
    const marks = state.stale || editor.text() !== state.run?.source ? [] : marksOf(state);
    const now = JSON.stringify(marks);
    if (now !== marked) editor.mark(marks);
    marked = now;
  };
  store.subscribe((state, before) => {
    if (state.problem !== before.problem) showProblem(find(page, "#problem"), state.problem);
    show(state.problem !== before.problem);
  });
  find(page, "#program").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  load(host, area, typed).then((better) => {
    if (!better) return;
    editor = better;
    marked = "";
    show(true);
  });
  return { focusEditor: () => editor.focus() };
}

/**
 * The piece of source that the current step comes from, that of the operand which receives, and the calls on the way.
 * @param {import("../store.js").State} state
 * @returns {Mark[]}
 */
function marksOf(state) {
  const { run } = state;
  const step = state.step === null ? null : entryOf(state);
  if (!step || !run) return [];
  const spanOf = (/** @type {string | undefined} */ id) => nodeOf(run, id)?.span;
  const group = run.groups?.find(({ key }) => key === step.group);
  const calls = nodeOf(run, step.node)?.calls ?? [];
  const marks = [
    ...calls.map((span) => ({ span, strong: false })),
    { span: group?.span ?? step.span ?? spanOf(step.node), strong: step.operand === undefined },
    { span: spanOf(step.operand), strong: true },
  ];
  return marks.flatMap(({ span, strong }) => (span ? [{ range: rangeOf(state.source, span), strong }] : []));
}

/**
 * @param {HTMLElement} root
 * @param {Problem | null} problem
 */
function showProblem(root, problem) {
  root.hidden = problem === null;
  const mistakes = problem?.errors ?? [];
  const lines = mistakes.flatMap(({ line, message, hint }) => [
    make("p", { class: "mistake" }, ...(line ? [make("strong", {}, `Line ${line}:`), " "] : []), message),
    ...(hint ? [make("p", { class: "hint" }, hint)] : []),
  ]);
  if (problem && lines.length === 0) lines.push(make("p", { class: "mistake" }, problem.detail));
  root.replaceChildren(...lines);
}

// -- without a bundle --------------------------------------------------------------------------------------------------

/**
 * @param {HTMLTextAreaElement} area
 * @param {(source: string) => void} typed
 * @returns {Editor}
 */
function plain(area, typed) {
  area.addEventListener("input", () => typed(area.value));
  return {
    text: () => area.value,
    set: (text) => {
      area.value = text;
    },
    focus: () => area.focus(),
    diagnose: (problem) => area.setAttribute("aria-invalid", String(problem !== null)),
    mark: () => {},
  };
}

// -- with CodeMirror ---------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} host
 * @param {HTMLTextAreaElement} area
 * @param {(source: string) => void} typed
 * @returns {Promise<Editor | null>}
 */
async function load(host, area, typed) {
  if (!host.dataset.bundle) return null;
  try {
    /** @type {Bundle} */
    const bundle = await import(host.dataset.bundle);
    return build(bundle, host, area, typed);
  } catch (error) {
    console.warn("the plain editor is used:", error);
    return null;
  }
}

/**
 * @param {Bundle} bundle
 * @param {HTMLElement} host
 * @param {HTMLTextAreaElement} area
 * @param {(source: string) => void} typed
 * @returns {Editor}
 */
function build(bundle, host, area, typed) {
  const { EditorView, EditorState, StateEffect, StateField, Decoration, EditorSelection } = bundle;
  const marks = /** @type {ReturnType<typeof StateEffect.define<Mark[]>>} */ (StateEffect.define());
  const field = StateField.define({
    create: () => Decoration.none,
    update(value, transaction) {
      let next = value.map(transaction.changes);
      for (const effect of transaction.effects) if (effect.is(marks)) next = decorations(bundle, effect.value);
      return next;
    },
    provide: (own) => EditorView.decorations.from(own),
  });
  let silent = false;
  const focused = document.activeElement === area;
  area.hidden = true;
  const view = new EditorView({
    parent: host,
    state: EditorState.create({
      doc: area.value,
      selection: EditorSelection.cursor(area.value.length),
      extensions: [
        ...extensions(bundle),
        field,
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          if (!silent) typed(area.value);
        }),
      ],
    }),
  });
  if (focused) view.focus();
  return {
    text: () => view.state.doc.toString(),
    set: (text) => {
      silent = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      silent = false;
    },
    focus: () => view.focus(),
    diagnose: (problem) =>
      view.dispatch(bundle.setDiagnostics(view.state, diagnosticsOf(view.state.doc.toString(), problem))),
    mark: (spans) => view.dispatch({ effects: marks.of(spans) }),
  };
}

/**
 * @param {Bundle} bundle
 * @param {Mark[]} spans
 */
function decorations({ Decoration }, spans) {
  const ranges = spans.flatMap(({ range: [from, to], strong }) => {
    const mark = Decoration.mark({ class: strong ? "cm-here" : "cm-there" });
    return to > from ? [mark.range(from, to)] : [];
  });
  return Decoration.set(ranges, true);
}

/**
 * @param {string} text
 * @param {Problem | null} problem
 */
function diagnosticsOf(text, problem) {
  return (problem?.errors ?? []).flatMap((mistake) => {
    const { line, column, end_line, end_column, message, hint } = mistake;
    if (line === undefined || column === undefined) return [];
    const span = { line, column, end_line: end_line ?? line, end_column: end_column ?? column };
    const [from, to] = rangeOf(text, span);
    return [{ from, to, severity: /** @type {const} */ ("error"), message: hint ? `${message}\n${hint}` : message }];
  });
}

/** @param {Bundle} bundle */
function extensions(bundle) {
  const { EditorView, EditorState, keymap } = bundle;
  const nonce = document.querySelector("script[nonce]");
  const keys = [...bundle.closeBracketsKeymap, ...bundle.defaultKeymap, ...bundle.historyKeymap, ...bundle.lintKeymap];
  return [
    EditorView.cspNonce.of(nonce instanceof HTMLElement ? nonce.nonce : ""),
    bundle.lineNumbers(),
    bundle.highlightSpecialChars(),
    bundle.history(),
    bundle.drawSelection(),
    bundle.bracketMatching(),
    bundle.closeBrackets(),
    bundle.indentOnInput(),
    bundle.indentUnit.of("    "),
    bundle.python(),
    bundle.syntaxHighlighting(highlight(bundle)),
    bundle.lintGutter(),
    bundle.placeholder("relu(a*b + d)"),
    EditorState.tabSize.of(4),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-labelledby": "program-title", autocapitalize: "off", spellcheck: "false" }),
    EditorView.domEventHandlers({
      keydown: (event, view) => {
        if (event.key !== "Escape") return false;
        view.contentDOM.blur(); // the keys of the page work again
        return true;
      },
    }),
    keymap.of([{ key: "Mod-Enter", run: () => true }, ...keys]),
    theme(bundle),
  ];
}

/** @param {Bundle} bundle */
function highlight({ HighlightStyle, tags }) {
  return HighlightStyle.define([
    { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword], fontWeight: "700" },
    { tag: [tags.comment, tags.lineComment], color: "var(--muted)", fontStyle: "italic" },
    { tag: [tags.string, tags.number, tags.bool], color: "var(--upstream)" },
    { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--local)" },
  ]);
}

/** @param {Bundle} bundle */
function theme({ EditorView }) {
  return EditorView.theme({
    "&": { color: "var(--ink)", fontSize: "var(--normal)", maxHeight: "60vh" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", minHeight: "5.5rem" },
    ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    ".cm-gutters": { background: "none", border: "0", color: "var(--muted)" },
    ".cm-gutter-lint": { width: "1rem" },
    ".cm-gutter-lint .cm-gutterElement": { padding: "0.2rem 0 0" },
    ".cm-lint-marker": { height: "0.8rem", width: "0.8rem" },
    "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "var(--mark) !important" },
    ".cm-placeholder": { color: "var(--muted)" },
    ".cm-there": { background: "var(--mark)", borderRadius: "3px" },
    ".cm-here": { background: "var(--mark-strong)", borderRadius: "3px", boxShadow: "0 2px 0 var(--ink)" },
    "&.cm-focused .cm-matchingBracket": { background: "var(--mark-strong)" },
    ".cm-tooltip": {
      background: "var(--card)",
      border: "1px solid var(--hairline)",
      borderRadius: "7px",
      color: "var(--ink)",
    },
    ".cm-diagnostic": { fontFamily: "var(--sans)", padding: "0.375rem 0.625rem", whiteSpace: "pre-wrap" },
    ".cm-diagnostic-error": { borderLeftColor: "var(--mistake)" },
    ".cm-lintRange-error": {
      backgroundImage: "none",
      textDecoration: "underline wavy var(--mistake)",
      textUnderlineOffset: "3px",
    },
  });
}
