// @ts-check
/**
 * A frame in somebody else's page: the link to the whole page follows the moment, the wheel belongs to that page, and
 * there is no room for the card of a node.
 */

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
  const lookAway = () => {
    if (store.state.look !== null) store.dispatch({ type: "view", view: { look: null } });
  };
  store.subscribe(() => {
    lead();
    queueMicrotask(lookAway);
  });
  lookAway();
  lead();
  const given = new URLSearchParams(location.hash.slice(1));
  page.documentElement.classList.toggle("adjustable", given.get("leaves") === "1");
  page.addEventListener("wheel", (event) => event.stopPropagation(), { capture: true, passive: true });
}
