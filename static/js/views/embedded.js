// @ts-check
/** A frame in somebody else's page: the link to the whole page follows the moment, and the wheel belongs to that page. */

import { fragmentOf, queryOf } from "../address.js";
import { find } from "../dom.js";
import { placeIn } from "../sharing.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const link = /** @type {HTMLAnchorElement} */ (find(page, "#whole"));
  const lead = () => {
    link.href = `/${queryOf(placeIn(store.state))}${fragmentOf(store.state)}`;
  };
  store.subscribe(lead);
  lead();
  page.addEventListener("wheel", (event) => event.stopPropagation(), { capture: true, passive: true });
}
