// @ts-check
/** What an experiment marks in the picture: nodes and edges of a path, a first wrong number. */

import { find } from "../dom.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const canvas = find(page, "#canvas");
  /** @type {Element[]} */
  let marked = [];
  const mark = () => {
    for (const element of marked) element.classList.remove("traced");
    const { traced } = store.state;
    const ids = traced ? [...traced.nodes, ...traced.edges] : [];
    marked = ids.flatMap((id) => canvas.querySelector(`[id="${CSS.escape(id)}"]`) ?? []);
    for (const element of marked) element.classList.add("traced");
    canvas.classList.toggle("tracing", traced !== null);
  };
  store.subscribe((state, before) => {
    if (state.traced !== before.traced) mark();
    else if (state.traced && state.pictures !== before.pictures) queueMicrotask(mark);
  });
}
