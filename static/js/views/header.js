// @ts-check
/** The header: the result, the examples, the theme, and the list of keys. */

import { placeOf } from "../address.js";
import { find, make } from "../dom.js";
import { GRAPH_KEYS, KEYS } from "../keys.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  mountExamples(find(page, "#examples"), store);
  mountTheme(/** @type {HTMLSelectElement} */ (find(page, "#theme")));
  const result = find(page, "#result");
  store.subscribe(({ run }, before) => {
    if (run === before.run) return;
    const { name, shown } = run?.output ?? {};
    const text = shown ? `${name} ${shown.data[2]} ${shown.data[0]}` : "";
    result.textContent = text;
    document.title = `${text}${text && " – "}gradwalk: backpropagation, one contribution at a time`;
  });
  const help = /** @type {HTMLDialogElement} */ (find(page, "#help"));
  find(help, "dl").replaceChildren(
    ...[...KEYS, ...GRAPH_KEYS].flatMap(({ shown, about }) => [
      make("dt", {}, make("kbd", {}, shown)),
      make("dd", {}, about),
    ]),
  );
  const showHelp = () => help.showModal();
  find(page, "#show-help").addEventListener("click", showHelp);
  return { showHelp };
}

/**
 * @param {HTMLElement} menu
 * @param {import("../store.js").Store} store
 */
function mountExamples(menu, store) {
  const close = () => menu.removeAttribute("open");
  menu.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const place = link && !isElsewhere(event) && placeOf(link.search);
    if (!place) return;
    event.preventDefault();
    close();
    find(menu, "summary").focus();
    store.dispatch({ type: "open", place: { ...place, direction: store.state.direction, style: store.state.style } });
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
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

/** @param {HTMLSelectElement} select */
function mountTheme(select) {
  const root = document.documentElement;
  const wear = (/** @type {string} */ theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  select.value = root.dataset.theme ?? remembered() ?? "";
  wear(select.value);
  select.addEventListener("change", () => {
    wear(select.value);
    try {
      localStorage.setItem("theme", select.value);
    } catch {
      // storage may be forbidden, in an iframe for one: then the choice lasts as long as the page
    }
  });
}

function remembered() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}
