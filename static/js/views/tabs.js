// @ts-check
/** The tabs beside the explanation: the list of steps, the algorithm, the table of nodes. */

import { find, listenToTabs } from "../dom.js";

/** @typedef {import("../address.js").Tab} Tab */

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const list = find(page, "#side [role=tablist]");
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  for (const tab of tabs) find(page, `#${tab.dataset.tab}`).setAttribute("role", "tabpanel");
  listenToTabs(list, tabs, ({ dataset }) =>
    store.dispatch({ type: "view", view: { tab: /** @type {Tab} */ (dataset.tab) } }),
  );
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
