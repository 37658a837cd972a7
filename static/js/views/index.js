// @ts-check
/**
 * The map of the page. Each view is `mount(root, store)`, owns one part of the document, and knows no other view.
 *
 * editor.js       the program, its mistakes at their places, the piece that the current step speaks of
 * graph.js        the graph and its tools; picture.js: numbers, signs, the active edge; camera.js moves over it
 * stepper.js      buttons, scrubber, speed
 * explanation.js  the current step in symbols, numbers and words; the status line that is read aloud
 * steps.js        all steps, as a list
 * leaves.js       values of the leaves, their sliders and gradients
 * notes.js        what the program printed, and warnings
 * header.js       result, examples, theme, keys
 */

import * as editor from "./editor.js";
import * as explanation from "./explanation.js";
import * as graph from "./graph.js";
import * as header from "./header.js";
import * as leaves from "./leaves.js";
import * as notes from "./notes.js";
import * as stepper from "./stepper.js";
import * as steps from "./steps.js";

/**
 * Mount all views; return what keys of the page do in them.
 * @param {Document} page
 * @param {import("../store.js").Store} store
 * @param {() => void} ask runs the program at once
 */
export function mountAll(page, store, ask) {
  const { groupAround } = graph.mount(page, store);
  for (const view of [stepper, explanation, steps, leaves, notes]) view.mount(page, store);
  const { focusEditor } = editor.mount(page, store, ask);
  const { showHelp } = header.mount(page, store);
  return { focusEditor, showHelp, groupAround };
}
