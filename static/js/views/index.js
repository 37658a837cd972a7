// @ts-check
/**
 * The map of the page. Each view is `mount(root, store)`, owns one part of the document, and knows no other view.
 *
 * editor.js       the program, its mistakes at their places, the piece that the current step speaks of
 * graph.js        the graph and its tools; picture.js: numbers, signs, the active edge; camera.js moves over it
 * stepper.js      buttons, scrubber, speed
 * explanation.js  the current step in symbols, numbers and words; the status line that is read aloud
 * tabs.js         which of these is beside it: steps.js, all steps as a list; algorithm.js, its lines and variables;
 *                 table.js, the graph as a table
 * sorting.js      the topological sort in the picture
 * card.js         the card of the node that one looks at
 * leaves.js       values of the leaves, their sliders and gradients
 * notes.js        what the program printed, and warnings
 * header.js       result, examples, theme, keys, undo; programs.js: what was typed before; share.js: what one takes away
 * lab.js          the laboratory: gets the experiments of ../lab/ when somebody opens it; traced.js: what they mark
 * modes.js        presenting, and the printed sheet; embedded.js: a frame in another page, which has few of these views
 */

import * as algorithm from "./algorithm.js";
import * as card from "./card.js";
import * as editor from "./editor.js";
import * as embedded from "./embedded.js";
import * as explanation from "./explanation.js";
import * as graph from "./graph.js";
import * as header from "./header.js";
import * as lab from "./lab.js";
import * as leaves from "./leaves.js";
import * as modes from "./modes.js";
import * as notes from "./notes.js";
import * as programs from "./programs.js";
import * as share from "./share.js";
import * as sorting from "./sorting.js";
import * as stepper from "./stepper.js";
import * as steps from "./steps.js";
import * as table from "./table.js";
import * as tabs from "./tabs.js";
import * as traced from "./traced.js";

/**
 * Mount all views; return what keys of the page do in them.
 * @param {Document} page
 * @param {import("../store.js").Store} store
 * @param {() => void} ask runs the program at once
 */
export function mountAll(page, store, ask) {
  const { groupAround } = graph.mount(page, store);
  if (page.documentElement.classList.contains("embedded")) return { ...mountFew(page, store), groupAround };
  const views = [sorting, card, stepper, explanation, steps, algorithm, table, tabs, leaves, notes, programs, share];
  for (const view of views) view.mount(page, store);
  const { focusEditor } = editor.mount(page, store, ask);
  const { showHelp } = header.mount(page, store);
  const { blank } = modes.mount(page, store);
  traced.mount(page, store);
  const { toggleLab } = lab.mount(page, store);
  return { focusEditor, showHelp, groupAround, blank, toggleLab };
}

/**
 * Mount the views of a frame in another page.
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
function mountFew(page, store) {
  for (const view of [stepper, explanation, leaves, embedded, traced]) view.mount(page, store);
  const { toggleLab } = lab.mount(page, store);
  const nothing = () => {};
  return { focusEditor: nothing, showHelp: nothing, blank: nothing, toggleLab };
}
