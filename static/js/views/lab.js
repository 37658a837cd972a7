// @ts-check
/** The laboratory's door: its panel takes the place of stepper and steps, and its scripts come when it first opens. */

import { find } from "../dom.js";
import { fill } from "../markup.js";

/**
 * @typedef {import("../store.js").Store} Store
 * @typedef {{mount: (room: HTMLElement, tools: {store: Store, fill: typeof fill}) => void}} Laboratory
 */

const FIRST = "nudge"; // the experiment that opens, if none was open before

/**
 * @param {Document} page
 * @param {Store} store
 */
export function mount(page, store) {
  const panel = find(page, "#lab");
  const button = page.querySelector("#show-lab");
  let last = FIRST;
  let isThere = false;
  const open = async () => {
    if (isThere) return;
    isThere = true;
    try {
      /** @type {Laboratory} */
      const laboratory = await import(panel.dataset.script ?? "");
      laboratory.mount(panel, { store, fill });
    } catch {
      isThere = false;
      find(panel, ".waiting").textContent = "The laboratory's scripts did not come. Close it and try again.";
    }
  };
  const show = () => {
    const { lab } = store.state;
    panel.hidden = lab === null;
    page.documentElement.classList.toggle("experimenting", lab !== null);
    button?.setAttribute("aria-pressed", String(lab !== null));
    if (lab === null) return;
    last = lab;
    open();
  };
  const toggleLab = () => {
    const isOpen = store.state.lab !== null;
    store.dispatch({ type: "view", view: { lab: isOpen ? null : last } });
    if (isOpen) /** @type {HTMLElement | null} */ (button)?.focus();
    else panel.focus();
  };
  button?.addEventListener("click", toggleLab);
  panel.querySelector("[data-close]")?.addEventListener("click", toggleLab);
  store.subscribe((state, before) => {
    if (state.lab !== before.lab) show();
  });
  show();
  return { toggleLab };
}
