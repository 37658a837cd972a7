// @ts-check
/** The tabs beside the explanation: the list of steps, the algorithm, the table of nodes. */

import { find } from "../dom.js";

/** @typedef {import("../address.js").Tab} Tab */

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const list = find(page, "#side [role=tablist]");
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  for (const tab of tabs) find(page, `#${tab.dataset.tab}`).setAttribute("role", "tabpanel");
  const choose = (/** @type {HTMLElement} */ tab) =>
    store.dispatch({ type: "view", view: { tab: /** @type {Tab} */ (tab.dataset.tab) } });
  list.addEventListener("click", ({ target }) => {
    const tab = target instanceof Element ? target.closest("[role=tab]") : null;
    if (tab instanceof HTMLElement) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = /** @type {HTMLElement} */ (tabs.at(to % tabs.length));
    choose(tab);
    tab.focus();
  });
  const show = () => {
    for (const tab of tabs) {
      const isChosen = tab.dataset.tab === store.state.tab;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      find(page, `#${tab.dataset.tab}`).hidden = !isChosen;
    }
  };
  store.subscribe((state, before) => {
    if (state.tab !== before.tab) show();
  });
  show();
}
