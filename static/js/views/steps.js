// @ts-check
/** The list of all steps; each is a button that leads to the moment just after it. */

import { find, make, reveal } from "../dom.js";
import { cursorOf } from "../store.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const root = find(page, "#steps");
  const list = find(root, "ol");
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    event.preventDefault();
    store.dispatch({ type: "walk", to: Number(button.value) });
  });
  let marked = -1;
  const update = () => {
    const { state } = store;
    const at = state.step === null ? -1 : cursorOf(state) - (state.run?.first_step ?? 0);
    if (at === marked) return;
    mark(list, marked, at);
    marked = at;
  };
  store.subscribe((state, before) => {
    if (state.run !== before.run) {
      fillList(root, list, state.run);
      marked = -1;
    }
    update();
  });
  fillList(root, list, store.state.run);
  update();
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} list
 * @param {import("../trace.js").Run | null} run
 */
function fillList(root, list, run) {
  const steps = run?.steps ?? [];
  root.hidden = steps.length === 0;
  const first = run?.first_step ?? 0;
  const rows = steps.map((step, k) => {
    const place = String(first + k + 1);
    const at = make("span", { class: "at" }, place);
    const text = make("span", { class: "text" }, step.text);
    return make("li", { class: step.phase }, make("button", { type: "button", value: place }, at, " ", text));
  });
  list.replaceChildren(...rows);
}

/**
 * @param {HTMLElement} list
 * @param {number} before
 * @param {number} at
 */
function mark(list, before, at) {
  list.children[before - 1]?.removeAttribute("aria-current");
  const row = list.children[at - 1];
  row?.setAttribute("aria-current", "step");
  if (row) reveal(list, row);
  else if (at === 0) list.scrollTop = 0;
}
