// @ts-check
/** The editor with CodeMirror, over the server's textarea. Start at `load`. */

import { nudged, numberAt } from "../../decimals.js";
import { make } from "../../dom.js";
import { difference } from "../../positions.js";
import { hovering } from "./hover.js";
import { highlight, theme } from "./look.js";
import { diagnosticsOf } from "./problem.js";
import { suggestions } from "./suggest.js";
import { wrapping } from "./wrapping.js";

/**
 * @typedef {typeof import("../../../../app/assets/editor.js")} Bundle
 * @typedef {import("../editor.js").Editor} Editor
 * @typedef {import("../editor.js").Hands} Hands
 * @typedef {import("../editor.js").Mark} Mark
 * @typedef {import("../../overridden.js").Override} Override
 * @typedef {InstanceType<Bundle["EditorView"]>} View
 * @typedef {View["state"]} TextState
 */

/**
 * @param {HTMLElement} host
 * @param {HTMLTextAreaElement} area
 * @param {Hands} hands
 * @returns {Promise<Editor | null>} null where there is no bundle
 */
export async function load(host, area, hands) {
  if (!host.dataset.bundle) return null;
  try {
    /** @type {Bundle} */
    const bundle = await import(host.dataset.bundle);
    return build(bundle, host, area, hands);
  } catch (error) {
    console.warn("the plain editor is used:", error);
    return null;
  }
}

/**
 * @param {Bundle} bundle
 * @param {HTMLElement} host
 * @param {HTMLTextAreaElement} area
 * @param {Hands} hands
 * @returns {Editor}
 */
function build(bundle, host, area, hands) {
  const { EditorView, EditorState, EditorSelection } = bundle;
  const marking = told(bundle, (/** @type {Mark[]} */ spans) => decorations(bundle, spans));
  const overruling = told(bundle, overriding(bundle));
  let silent = false;
  const focused = document.activeElement === area;
  area.hidden = true;
  const heard = EditorView.updateListener.of(({ docChanged, selectionSet, state, view }) => {
    if (docChanged) area.value = state.doc.toString();
    if (silent) return;
    if (docChanged) hands.typed(area.value);
    if (docChanged) hands.pointed(null);
    else if (selectionSet && view.hasFocus) hands.pointed(state.selection.main.head);
  });
  const view = new EditorView({
    parent: host,
    state: EditorState.create({
      doc: area.value,
      selection: EditorSelection.cursor(area.value.length),
      extensions: [...extensions(bundle, hands), marking.field, overruling.field, heard],
    }),
  });
  if (focused) view.focus();
  return {
    text: () => view.state.doc.toString(),
    set(text) {
      const change = difference(view.state.doc.toString(), text);
      silent = true;
      view.dispatch({ changes: change, selection: { anchor: change.from + change.insert.length } });
      silent = false;
    },
    focus: () => view.focus(),
    diagnose(problem) {
      const found = diagnosticsOf(view.state.doc.toString(), problem, hands.mend);
      view.dispatch(bundle.setDiagnostics(view.state, found));
    },
    mark: (spans) => view.dispatch({ effects: marking.effect.of(spans) }),
    overrule: (overrides) => view.dispatch({ effects: overruling.effect.of(overrides) }),
  };
}

/**
 * Decorations that the page tells; they move with the text.
 * @template T
 * @param {Bundle} bundle
 * @param {(told: T) => ReturnType<Bundle["Decoration"]["set"]>} drawn
 */
function told({ EditorView, StateEffect, StateField, Decoration }, drawn) {
  const effect = /** @type {ReturnType<typeof StateEffect.define<T>>} */ (StateEffect.define());
  const field = StateField.define({
    create: () => Decoration.none,
    update(value, transaction) {
      let next = value.map(transaction.changes);
      for (const each of transaction.effects) if (each.is(effect)) next = drawn(each.value);
      return next;
    },
    provide: (own) => EditorView.decorations.from(own),
  });
  return { effect, field };
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
 * What is set beside a literal stands behind it; it is no part of the text.
 * @param {Bundle} bundle
 */
function overriding({ Decoration, WidgetType }) {
  class Behind extends WidgetType {
    /** @param {string} text */
    constructor(text) {
      super();
      this.text = text;
    }

    /**
     * @override
     * @param {Behind} other
     */
    eq(other) {
      return other.text === this.text;
    }

    /** @override */
    toDOM() {
      return make("span", { class: "cm-override", title: "set beside the program; ↺ in Leaves goes back" }, this.text);
    }
  }
  return (/** @type {Override[]} */ overrides) =>
    Decoration.set(
      overrides.map(({ at, text }) => Decoration.widget({ widget: new Behind(text), side: 1 }).range(at)),
      true,
    );
}

/**
 * @param {Bundle} bundle
 * @param {Hands} hands
 */
function extensions(bundle, hands) {
  const { EditorView, EditorState, keymap } = bundle;
  const nonce = document.querySelector("script[nonce]");
  return [
    EditorView.cspNonce.of(nonce instanceof HTMLElement ? nonce.nonce : ""),
    bundle.lineNumbers(),
    bundle.highlightSpecialChars(),
    bundle.drawSelection(),
    bundle.bracketMatching(),
    bundle.closeBrackets(),
    bundle.indentOnInput(),
    bundle.indentUnit.of("    "),
    bundle.python(),
    bundle.syntaxHighlighting(highlight(bundle)),
    bundle.lintGutter(),
    bundle.placeholder("for example relu(a*b + d)"),
    suggestions(bundle, hands),
    hovering(bundle, hands),
    EditorState.tabSize.of(4),
    wrapping(bundle),
    EditorView.contentAttributes.of({
      "aria-labelledby": "program-title",
      tabindex: "0",
      autocapitalize: "off",
      spellcheck: "false",
    }),
    EditorView.domEventHandlers({
      beforeinput: (event) => travelled(event, hands),
      blur: () => void hands.pointed(null),
      focus: () => void hands.vocabulary(),
    }),
    keymap.of([...keysOf(hands), ...bundle.closeBracketsKeymap, ...bundle.defaultKeymap, ...bundle.lintKeymap]),
    theme(bundle),
  ];
}

/** @param {Hands} hands */
function keysOf(hands) {
  const mend = () => hands.mendFirst();
  return [
    { key: "Mod-Enter", run: () => done(hands.ask()) },
    { key: "Mod-z", run: () => done(hands.travel("undo")), preventDefault: true },
    { key: "Mod-y", run: () => done(hands.travel("redo")), preventDefault: true },
    { key: "Mod-Shift-z", run: () => done(hands.travel("redo")), preventDefault: true },
    { key: "Mod-.", run: mend },
    { key: "Alt-Enter", run: mend },
    { key: "Alt-ArrowUp", run: (/** @type {View} */ view) => nudge(view, 1) },
    { key: "Alt-ArrowDown", run: (/** @type {View} */ view) => nudge(view, -1) },
    { key: "Escape", run: () => done(hands.leave()) },
  ];
}

/** @param {void} _work */
function done(_work) {
  return true;
}

/**
 * A menu or a shake asks for undo as well; there is one history, and it is not the browser's.
 * @param {InputEvent} event
 * @param {Hands} hands
 */
function travelled(event, hands) {
  if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return false;
  event.preventDefault();
  hands.travel(event.inputType === "historyUndo" ? "undo" : "redo");
  return true;
}

/**
 * Raise the last digit of the number at the cursor.
 * @param {View} view
 * @param {number} times
 */
function nudge(view, times) {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  const place = numberAt(line.text, head - line.from);
  const next = place && nudged(line.text.slice(place.from, place.to), times);
  if (!place || next === null) return false;
  const from = line.from + place.from;
  view.dispatch({
    changes: { from, to: line.from + place.to, insert: next },
    selection: { anchor: from + next.length },
    userEvent: "input.nudge",
  });
  return true;
}
