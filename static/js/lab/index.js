// @ts-check
/**
 * The laboratory: one module an experiment, and this map of them. An experiment has a `name` for the address, a `title`
 * for its tab, a line `about` itself, and `mount(room, desk)`, which fills its room and may return what tidies up.
 *
 * desk.js    what an experiment gets: the program, the server, its settings, marks in the picture
 * form.js    fields bound to settings;  rows.js  tables;  plot.js  plots, each with a table behind it
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {{name: string, title: string, about: string, mount: (room: HTMLElement, desk: Desk) => void | (() => void)}}
 *   Experiment
 */

import { find, listenToTabs, make } from "../dom.js";
import * as breakIt from "./break.js";
import * as check from "./check.js";
import * as compare from "./compare.js";
import * as data from "./data.js";
import * as derive from "./derive.js";
import * as descend from "./descend.js";
import { createDesk } from "./desk.js";
import * as lens from "./lens.js";
import * as nudge from "./nudge.js";
import * as origin from "./origin.js";
import * as paths from "./paths.js";
import * as predict from "./predict.js";
import * as tree from "./tree.js";

/** @type {Experiment[]} */
export const EXPERIMENTS = [nudge, check, paths, descend, data, origin, derive, lens, tree, predict, breakIt, compare];

/**
 * Fill the panel of the laboratory, from now on.
 * @param {HTMLElement} panel
 * @param {import("./desk.js").Tools} tools
 */
export function mount(panel, { store, fill }) {
  const list = find(panel, "[role=tablist]");
  const room = find(panel, ".room");
  const tabs = EXPERIMENTS.map(tabOf);
  list.append(...tabs);
  room.id = "lab-room";
  room.setAttribute("role", "tabpanel");
  /** @type {ReturnType<typeof createDesk> & {tidy: void | (() => void)} | null} The experiment that is open. */
  let open = null;

  listenToTabs(list, tabs, ({ dataset }) => store.dispatch({ type: "view", view: { lab: dataset.lab ?? null } }));

  const enter = () => {
    open?.tidy?.();
    open?.close();
    open = null;
    const { lab } = store.state;
    if (lab === null) return;
    const experiment = experimentOf(lab);
    if (lab !== experiment.name) return store.dispatch({ type: "view", view: { lab: experiment.name } });
    for (const tab of tabs) {
      const isChosen = tab.dataset.lab === experiment.name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      if (isChosen) list.scrollLeft = tab.offsetLeft - list.offsetLeft - list.clientWidth / 2 + tab.offsetWidth / 2;
    }
    const inner = make("div", { class: `experiment ${experiment.name}` });
    room.setAttribute("aria-label", experiment.title);
    room.replaceChildren(make("p", { class: "about" }, experiment.about), inner);
    const made = createDesk({ store, fill, panel });
    open = { ...made, tidy: experiment.mount(inner, made.desk) };
  };
  store.subscribe((state, before) => {
    if (state.lab !== before.lab) enter();
    else open?.changed(state, before);
  });
  enter();
}

/**
 * Return the experiment that an address asks for, by its name or by what its tab says; the first one for other words.
 * @param {string} lab
 */
function experimentOf(lab) {
  const isIt = (/** @type {Experiment} */ { name, title }) => name === lab || title.toLowerCase() === lab.toLowerCase();
  return EXPERIMENTS.find(isIt) ?? EXPERIMENTS[0];
}

/** @param {Experiment} experiment */
function tabOf({ name, title }) {
  return make("button", { role: "tab", type: "button", "data-lab": name, "aria-controls": "lab-room" }, title);
}
