// @ts-check
/**
 * Every key of the page: turns a key press into an action. Start at `KEYS`, which the help dialog shows as well.
 *
 * @typedef {"next" | "back" | "first" | "last" | "play" | "open" | "fold" | "edit" | "help"
 *   | "finish" | "undo" | "redo" | "present" | "leave" | "blank" | "lab"} Command
 */

/**
 * `presenting`: means this while one presents, and nothing else. `ctrl`: together with Ctrl, or Cmd.
 * @type {{key: string, shown: string, command: Command, about: string, presenting?: boolean, ctrl?: boolean, shift?: boolean}[]}
 */
export const KEYS = [
  { key: "ArrowRight", shown: "→", command: "next", about: "one step forward" },
  { key: "ArrowLeft", shown: "←", command: "back", about: "one step back" },
  { key: ".", shown: ".", command: "next", about: "one step forward, also where arrows lead along edges" },
  { key: ",", shown: ",", command: "back", about: "one step back, likewise" },
  { key: " ", shown: "Space", command: "play", about: "play or pause" },
  { key: "Home", shown: "Home", command: "first", about: "before the first step" },
  { key: "End", shown: "End", command: "last", about: "after the last step" },
  { key: "f", shown: "f", command: "finish", about: "finish the phase: forward, sort, seed, backward, update" },
  { key: "o", shown: "o", command: "open", about: "open the group that this step passes over, and walk on inside" },
  { key: "c", shown: "c", command: "fold", about: "fold the group around this step" },
  { key: "e", shown: "e", command: "edit", about: "to the program; Tab leads out of it, Escape to the graph" },
  { key: "p", shown: "p", command: "present", about: "present: large type, few controls; Page Down and Page Up step" },
  { key: "l", shown: "l", command: "lab", about: "to the laboratory, and back to the steps" },
  { key: "z", shown: "Ctrl Z", command: "undo", about: "undo", ctrl: true },
  { key: "z", shown: "Ctrl ⇧ Z", command: "redo", about: "redo", ctrl: true, shift: true },
  { key: "y", shown: "Ctrl Y", command: "redo", about: "redo", ctrl: true },
  { key: "?", shown: "?", command: "help", about: "this list" },
  { key: "PageDown", shown: "Page Down", command: "next", about: "presenting: one step forward", presenting: true },
  { key: "PageUp", shown: "Page Up", command: "back", about: "presenting: one step back", presenting: true },
  { key: "b", shown: "b", command: "blank", about: "presenting: a black screen, and back", presenting: true },
  { key: "Escape", shown: "Escape", command: "leave", about: "presenting: leave", presenting: true },
];

/** Keys of a focused graph; `views/camera.js` has them. */
export const GRAPH_KEYS = [
  { shown: "+ −", about: "in the graph: zoom" },
  { shown: "0", about: "in the graph: show all of it" },
  { shown: "⇧ and arrows", about: "in the graph: move" },
  { shown: "Tab", about: "in the graph: to its nodes; there arrows lead along edges and aside, and . , take steps" },
  { shown: "Home, End", about: "on a node: to the output, to the first leaf" },
  { shown: "Enter", about: "on a node: its card; on a box or a frame of a group: open or fold it" },
  { shown: "Escape", about: "close the card of a node" },
];

/** Keys of the focused editor; `views/editor/codemirror.js` has them. */
export const EDITOR_KEYS = [
  { shown: "Ctrl Space", about: "in the program: what can stand here; Tab takes the first, ↓ chooses" },
  { shown: "Ctrl K or F1", about: "in the program: what stands at the cursor, its numbers and its rule" },
  { shown: "Ctrl . or Alt Enter", about: "in the program: mend the first mistake as proposed" },
  { shown: "Alt ↑ ↓", about: "in the program, on a number: raise or lower its last digit" },
  { shown: "F8", about: "in the program: to the next mistake" },
];

/** Keys of a leaf's field; `views/leaves.js` has them. */
export const LEAF_KEYS = [
  { shown: "↑ ↓", about: "in the field of a leaf: one step of its slider; with ⇧ ten" },
  { shown: "Enter", about: "in the field of a leaf: keep the number, and → steps again; Escape puts it back first" },
];

/**
 * Call `handle` for each key press that belongs to the page and not to what is focused.
 * @param {EventTarget} target
 * @param {(command: Command) => void} handle
 * @param {() => boolean} [isPresenting]
 */
export function listen(target, handle, isPresenting = () => false) {
  target.addEventListener("focusin", ({ target: field }) => {
    if (field instanceof HTMLInputElement) texts.set(field, field.value);
  });
  target.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent) || event.defaultPrevented) return;
    const command = commandOf(event, isPresenting());
    if (command === null || isTaken(event)) return;
    event.preventDefault();
    handle(command);
  });
}

/**
 * Return what a key press means on the page, wherever the focus is; null: nothing.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} event
 * @param {boolean} isPresenting
 * @returns {Command | null}
 */
export function commandOf({ key, ctrlKey, metaKey, altKey, shiftKey }, isPresenting) {
  const pressed = ctrlKey || metaKey;
  const name = pressed ? key.toLowerCase() : key;
  const found = KEYS.find(
    ({ key: wanted, ctrl = false, shift = false, presenting }) =>
      wanted === name && ctrl === pressed && (!pressed || shift === shiftKey) && (!presenting || isPresenting),
  );
  return (!altKey && found?.command) || null;
}

/** What a field held when it got the focus: as long as it does, it has nothing of its own to undo. */
/** @type {WeakMap<HTMLInputElement, string>} */
const texts = new WeakMap();

/** @param {Element} field */
function isClean(field) {
  return field instanceof HTMLInputElement && field.matches("#leaves input") && texts.get(field) === field.value;
}

const WRITTEN = "input:not([type=range], [type=checkbox]), textarea, [contenteditable=true], dialog";

/**
 * Return whether the focused element has a use of its own for this key.
 * @param {KeyboardEvent} event
 */
function isTaken({ target, key, shiftKey, ctrlKey, metaKey }) {
  if (!(target instanceof Element)) return false;
  if (ctrlKey || metaKey) return target.closest(WRITTEN) !== null && !isClean(target);
  if (target.closest(WRITTEN) || target.closest("select")) return true;
  if (target.closest("input[type=range]")) return /^(Arrow|Page|Home|End)/.test(key);
  if (target.closest("button, a, summary, [role=button], [type=checkbox]")) return key === " ";
  return shiftKey && key !== "?";
}
