// @ts-check
/** The header: the result, the examples, the theme, undo and redo, and the list of keys. */

import { placeOf } from "../address.js";
import { disable, find, make } from "../dom.js";
import { otherNames } from "../facts.js";
import { EDITOR_KEYS, GRAPH_KEYS, KEYS, LEAF_KEYS } from "../keys.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  mountMenu(find(page, "#programs"));
  mountMenu(find(page, "#examples"));
  mountExamples(find(page, "#examples"), store);
  mountTheme(find(page, "#theme"));
  mountUndo(page, store);
  mountMore(page);
  const result = find(page, "#result");
  store.subscribe(({ run }, before) => {
    if (run === before.run) return;
    const text = run ? outcomeOf(run) : "";
    result.textContent = text;
    document.title = `${text}${text && " – "}gradwalk: backpropagation, one contribution at a time`;
  });
  const help = /** @type {HTMLDialogElement} */ (find(page, "#help"));
  find(help, "dl").replaceChildren(
    ...[...KEYS, ...GRAPH_KEYS, ...EDITOR_KEYS, ...LEAF_KEYS].flatMap(({ shown, about }) => [
      make("dt", {}, make("kbd", {}, shown)),
      make("dd", {}, about),
    ]),
  );
  const showHelp = () => help.showModal();
  find(page, "#show-help").addEventListener("click", showHelp);
  return { showHelp };
}

/**
 * Return what the program gave; where its last name is another one of a node, both.
 * @param {import("../trace.js").Run} run
 */
function outcomeOf(run) {
  if (!run.output) return "";
  const { node, name, shown } = run.output;
  return `${[...otherNames(run, node).slice(-1), name].join(" = ")} ${shown.data[2]} ${shown.data[0]}`;
}

/**
 * @param {HTMLElement} menu
 * @param {import("../store.js").Store} store
 */
function mountExamples(menu, store) {
  menu.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const place = link && !isElsewhere(event) && placeOf(link.search);
    if (!place) return;
    event.preventDefault();
    menu.removeAttribute("open");
    find(menu, "summary").focus();
    store.dispatch({ type: "open", place: { ...place, direction: store.state.direction, style: store.state.style } });
  });
}

/**
 * A menu closes by Escape, and by a press beside it.
 * @param {HTMLElement} menu
 */
function mountMenu(menu) {
  const close = () => menu.removeAttribute("open");
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.hasAttribute("open")) return;
    close();
    find(menu, "summary").focus();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !menu.contains(target)) close();
  });
}

/** @param {MouseEvent} event whether it asks for a tab or window of its own */
function isElsewhere({ ctrlKey, metaKey, shiftKey, button }) {
  return ctrlKey || metaKey || shiftKey || button !== 0;
}

const THEMES = ["system", "light", "dark"];

/** @param {HTMLElement} button leads from one theme to the next */
function mountTheme(button) {
  const { dataset } = document.documentElement;
  const show = () => {
    const theme = dataset.theme ?? "system";
    button.dataset.worn = theme;
    button.setAttribute("aria-label", `Theme: ${theme}`);
    button.setAttribute("title", `Theme: ${theme}`);
    find(button, ".name").textContent = theme[0].toUpperCase() + theme.slice(1);
  };
  button.addEventListener("click", () => {
    const theme = THEMES[(THEMES.indexOf(dataset.theme ?? "system") + 1) % THEMES.length];
    if (theme === "system") delete dataset.theme;
    else dataset.theme = theme;
    show();
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // storage may be forbidden, in an iframe for one: then the choice lasts as long as the page
    }
  });
  show();
}

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
function mountUndo(page, store) {
  for (const type of /** @type {const} */ (["undo", "redo"])) {
    const button = find(page, `#${type}`);
    button.addEventListener("click", () => store.dispatch({ type }));
    const show = () => disable(button, store.state[type === "undo" ? "past" : "future"].length === 0);
    store.subscribe(show);
    show();
  }
  store.subscribe(({ past, future, edit }, before) => {
    if (edit !== null || past === before.past || future === before.future) return;
    find(page, "#status").replaceChildren(future.length > before.future.length ? "Undone." : "Redone.");
  });
}

/**
 * On a phone all of the header that is not looked at all the time is behind one button.
 * @param {Document} page
 */
function mountMore(page) {
  const button = find(page, "#show-site");
  const site = find(page, "#site");
  const open = (/** @type {boolean} */ isOpen) => {
    button.setAttribute("aria-expanded", String(isOpen));
    site.classList.toggle("open", isOpen);
  };
  button.addEventListener("click", () => open(!site.classList.contains("open")));
  site.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !site.classList.contains("open") || site.querySelector("details[open]")) return;
    open(false);
    button.focus();
  });
  site.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("a, #show-share, #show-lab, #present, #show-help, [data-draft]"))
      open(false);
  });
  page.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !site.contains(target) && !button.contains(target)) open(false);
  });
}
