// @ts-check
/** What stands in the program, told beside it: under the pointer, and at the cursor when one asks by key. */

import { make } from "../../dom.js";
import { spoken } from "../../facts.js";

/**
 * @typedef {typeof import("../../../../app/assets/editor.js")} Bundle
 * @typedef {import("../../facts.js").Facts} Facts
 * @typedef {import("../editor.js").Hands} Hands
 */

/**
 * @param {Bundle} bundle
 * @param {Hands} hands
 */
export function hovering(bundle, hands) {
  const { EditorView, StateEffect, StateField, Prec, hoverTooltip, keymap, showTooltip } = bundle;
  const asked = /** @type {ReturnType<typeof StateEffect.define<any>>} */ (StateEffect.define());
  const open = StateField.define({
    create: () => /** @type {any} */ (null),
    update(value, transaction) {
      for (const effect of transaction.effects) if (effect.is(asked)) return effect.value;
      return transaction.docChanged || transaction.selection ? null : value;
    },
    provide: (own) => showTooltip.from(own),
  });
  const close = (/** @type {import("./codemirror.js").View} */ view) => {
    if (!view.state.field(open)) return false;
    view.dispatch({ effects: asked.of(null) });
    return true;
  };
  const ask = (/** @type {import("./codemirror.js").View} */ view) => {
    const { state } = view;
    hands.facts(state.selection.main.head).then((facts) => {
      if (view.state.selection !== state.selection || view.state.doc !== state.doc) return;
      const text = facts ? spoken(facts) : "Nothing is known of this place.";
      view.dispatch({ effects: [asked.of(facts && tooltipOf(facts)), EditorView.announce.of(text)] });
    });
    return true;
  };
  return [
    open,
    hoverTooltip(async (_view, place) => {
      const facts = await hands.facts(place);
      return facts && place >= facts.from && place <= facts.to ? tooltipOf(facts) : null;
    }),
    EditorView.domEventHandlers({ blur: (_event, view) => void close(view) }),
    Prec.high(
      keymap.of([
        { key: "Mod-k", run: ask, preventDefault: true },
        { key: "F1", run: ask, preventDefault: true },
        { key: "Escape", run: close },
      ]),
    ),
  ];
}

/** @param {Facts} facts */
function tooltipOf(facts) {
  return { pos: facts.from, end: facts.to, above: true, create: () => ({ dom: cardOf(facts) }) };
}

/** @param {Facts} facts */
function cardOf({ title, numbers, lines, rules }) {
  const rows = numbers.flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]);
  return make(
    "div",
    { class: "facts" },
    make("p", { class: "title" }, title),
    ...(rows.length ? [make("dl", {}, ...rows)] : []),
    ...lines.map((line) => make("p", {}, line)),
    ...rules.map((rule) => make("p", { class: "rule" }, rule)),
  );
}
