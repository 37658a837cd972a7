// @ts-check
/** What one takes away: the address, an image, an iframe, a call, files. The dialog is made anew each time it opens. */

import { counted, find, make } from "../dom.js";
import { programOf } from "../python.js";
import { takeaways } from "../sharing.js";
import { cursorOf } from "../store.js";

/**
 * @param {Document} page
 * @param {import("../store.js").Store} store
 */
export function mount(page, store) {
  const dialog = /** @type {HTMLDialogElement} */ (find(page, "#share"));
  const moment = /** @type {HTMLInputElement} */ (find(dialog, "[name=moment]"));
  const opener = find(page, "#show-share");
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", () => {
    const { step } = store.state;
    moment.checked = step !== null;
    find(dialog, ".moment").hidden = step === null;
    find(dialog, ".moment span").textContent = `at step ${counted(cursorOf(store.state))}; without this, at the end`;
    show(dialog, store.state, moment.checked);
    dialog.showModal();
  });
  moment.addEventListener("change", () => show(dialog, store.state, moment.checked));
  dialog.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-copy]") : null;
    if (button) copy(dialog, /** @type {HTMLInputElement} */ (button.previousElementSibling));
  });
  dialog.addEventListener("close", () => {
    for (const link of dialog.querySelectorAll('a[href^="blob:"]')) {
      URL.revokeObjectURL(/** @type {HTMLAnchorElement} */ (link).href);
    }
  });
}

/**
 * @param {HTMLElement} dialog
 * @param {import("../store.js").State} state
 * @param {boolean} isMoment
 */
function show(dialog, state, isMoment) {
  const { isLong, texts, files } = takeaways(state, location.origin, isMoment);
  find(dialog, ".long").hidden = !isLong;
  find(dialog, ".texts").replaceChildren(...texts.map(rowOf));
  const links = files.map(({ label, address, name }) =>
    make("a", { class: "button", href: address, download: name }, label),
  );
  const run = state.run && JSON.stringify({ ...state.run, svg: undefined }, null, 1);
  find(dialog, ".files").replaceChildren(
    ...links,
    ...(isLong && run ? [fileOf("JSON", "run.json", "application/json", run)] : []),
    fileOf("Python", "program.py", "text/x-python", programOf(state)),
  );
  find(dialog, ".told").textContent = "";
}

/** @param {import("../sharing.js").Takeaway} takeaway */
function rowOf({ label, text }) {
  const field = make("input", { readonly: "", value: text, "aria-label": label, spellcheck: "false" });
  const button = make(
    "button",
    { class: "button", type: "button", "data-copy": "", "aria-label": `Copy: ${label}` },
    "Copy",
  );
  return make("div", { class: "takeaway" }, make("span", { "aria-hidden": "true" }, label), field, button);
}

/**
 * @param {string} label
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
function fileOf(label, name, type, text) {
  const href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  return make("a", { class: "button", href, download: name }, label);
}

/**
 * @param {HTMLElement} dialog
 * @param {HTMLInputElement} field
 */
async function copy(dialog, field) {
  const label = field.getAttribute("aria-label");
  const isCopied = await copied(field);
  find(dialog, ".told").replaceChildren(isCopied ? `Copied: ${label}.` : "It is selected: copy it with the keyboard.");
}

/**
 * @param {HTMLInputElement} field
 * @returns {Promise<boolean>}
 */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}
