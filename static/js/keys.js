// @ts-check
/**
 * Every key of the page: turns a key press into an action. Start at `KEYS`, which the help dialog shows as well.
 *
 * @typedef {"next" | "back" | "first" | "last" | "play" | "open" | "fold" | "edit" | "help"} Command
 */

/** @type {{key: string, shown: string, command: Command, about: string}[]} */
export const KEYS = [
  { key: "ArrowRight", shown: "→", command: "next", about: "one step forward" },
  { key: "ArrowLeft", shown: "←", command: "back", about: "one step back" },
  { key: " ", shown: "Space", command: "play", about: "play or pause" },
  { key: "Home", shown: "Home", command: "first", about: "before the first step" },
  { key: "End", shown: "End", command: "last", about: "after the last step" },
  { key: "o", shown: "o", command: "open", about: "open the group that this step passes over, and walk on inside" },
  { key: "c", shown: "c", command: "fold", about: "fold the group around this step" },
  { key: "e", shown: "e", command: "edit", about: "to the program; Escape, then Tab leads out of it" },
  { key: "?", shown: "?", command: "help", about: "this list" },
];

/** Keys of a focused graph; `views/camera.js` has them. */
export const GRAPH_KEYS = [
  { shown: "+ −", about: "in the graph: zoom" },
  { shown: "0", about: "in the graph: show all of it" },
  { shown: "⇧ and arrows", about: "in the graph: move" },
  { shown: "Enter", about: "on a box or a frame of a group: open or fold it" },
];

/**
 * Call `handle` for each key press that belongs to the page and not to what is focused.
 * @param {EventTarget} target
 * @param {(command: Command) => void} handle
 */
export function listen(target, handle) {
  target.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent) || event.defaultPrevented) return;
    const found = KEYS.find(({ key }) => key === event.key);
    if (!found || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    event.preventDefault();
    handle(found.command);
  });
}

/**
 * Return whether the focused element has a use of its own for this key.
 * @param {KeyboardEvent} event
 */
function isTaken({ target, key, shiftKey }) {
  if (!(target instanceof Element)) return false;
  if (target.closest("input:not([type=range]), textarea, select, [contenteditable=true], dialog")) return true;
  if (target.closest("input[type=range]")) return key !== " ";
  if (target.closest("button, a, summary, [role=button]")) return key === " ";
  return shiftKey && key !== "?";
}
