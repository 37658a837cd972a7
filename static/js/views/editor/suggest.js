// @ts-check
/** Completion: offers words as one types and when one asks; Enter stays a new line, unless one has chosen with ↓. */

import { contextOf, optionsOf } from "../../completion.js";
import { make } from "../../dom.js";

/**
 * @typedef {typeof import("../../../../app/assets/editor.js")} Bundle
 * @typedef {import("../editor.js").Hands} Hands
 */

/**
 * @param {Bundle} bundle
 * @param {Hands} hands
 */
export function suggestions(bundle, hands) {
  return [
    bundle.autocompletion({
      override: [(/** @type {any} */ place) => suggest(hands, place)],
      icons: false,
      interactionDelay: 0, // Tab takes what is offered, however fast
      selectOnOpen: false,
      maxRenderedOptions: 60,
    }),
    bundle.Prec.highest(bundle.keymap.of([{ key: "Tab", run: (view) => accept(bundle, view) }])),
  ];
}

/**
 * @param {Hands} hands
 * @param {{pos: number, explicit: boolean, state: import("./codemirror.js").TextState}} place
 */
async function suggest(hands, { pos, explicit, state }) {
  const line = state.doc.lineAt(pos);
  const context = contextOf(line.text.slice(0, pos - line.from), explicit);
  if (!context) return null;
  const options = optionsOf(context, await hands.vocabulary(), hands.variables());
  if (options.length === 0) return null;
  return { from: line.from + context.from, options: options.map(withInfo) };
}

/** @param {import("../../completion.js").Option} option */
function withInfo({ signature, ...option }) {
  const info = () => make("div", {}, make("code", {}, signature ?? option.label), make("p", {}, option.detail));
  return { ...option, info };
}

/**
 * Take the word that is chosen, else the first. Where no list is open the key is not ours: Tab leads on.
 * @param {Bundle} bundle
 * @param {import("./codemirror.js").View} view
 */
function accept({ acceptCompletion, completionStatus, selectedCompletionIndex, setSelectedCompletion }, view) {
  if (completionStatus(view.state) !== "active") return false;
  if ((selectedCompletionIndex(view.state) ?? -1) < 0) view.dispatch({ effects: setSelectedCompletion(0) });
  acceptCompletion(view);
  return true;
}
