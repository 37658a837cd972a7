// @ts-check
/** The editor where there is no bundle: the server's textarea. */

/**
 * @param {HTMLTextAreaElement} area
 * @param {import("../editor.js").Hands} hands
 * @returns {import("../editor.js").Editor}
 */
export function plainEditor(area, hands) {
  area.addEventListener("input", () => hands.typed(area.value));
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    hands.leave();
  });
  return {
    text: () => area.value,
    set: (text) => {
      area.value = text;
    },
    focus: () => area.focus(),
    diagnose: (problem) => area.setAttribute("aria-invalid", String(problem !== null)),
    mark: () => {},
    overrule: () => {},
  };
}
