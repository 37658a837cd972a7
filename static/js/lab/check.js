// @ts-check
/** Check: the gradient of every leaf beside differences of the output, which know no rule of differentiation. */

import { make } from "../dom.js";
import { button, fields } from "./form.js";
import { tableOf } from "./rows.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{node: string, label: string, verdict: string, passed: boolean | null, text: string, causes: string[],
 *   shown: Record<string, Shown>}} Leaf
 * @typedef {{first: number, next: number | null, count: number, leaves: Leaf[], sentences: string[]}} Answer
 */

export const name = "check";
export const title = "Check";
export const about =
  "Measure every gradient by moving its leaf, without any rule of calculus, and see whether the two agree.";

const MOST = 50; // leaves that are spoken of

const WORDS = /** @type {Record<string, string>} */ ({
  agrees: "agrees ✓",
  differs: "differs ✗",
  kink: "a kink",
  jump: "a jump",
  edge: "edge of the domain",
  steep: "no finite slope",
  undefined: "not finite",
  unresolved: "cannot tell",
});

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const finding = make("p", { class: "saying", "aria-live": "polite" });
  const leaves = make("div");
  const facts = make("ul", { class: "facts" });
  /** @type {Answer | null} */
  let answer = null;
  const turn = (/** @type {number | null | undefined} */ first) => desk.set("first", first ? String(first) : null);
  const again = button("From the first leaf", () => turn(null));
  const next = button("The next leaves", () => turn(answer?.next));
  const pages = fields("Pages", again, next);
  pages.hidden = true;
  room.append(finding, pages, make("div", { class: "halves" }, leaves, facts));
  desk.live({
    path: "/api/v1/check",
    room,
    question: (program) => ({ ...program, first: Number(desk.setting("first", "0")) }),
    show(/** @type {Answer} */ told) {
      answer = told;
      finding.textContent = told.sentences.join(" ");
      pages.hidden = told.first === 0 && told.next === null;
      next.hidden = told.next === null;
      leaves.replaceChildren(told.leaves.length > 0 ? tableOf(tableFor(told, desk)) : "");
      const odd = told.leaves.filter(({ verdict }) => verdict !== "agrees").slice(0, MOST);
      facts.replaceChildren(...odd.map(({ label, text }) => make("li", {}, make("strong", {}, label), `: ${text}`)));
    },
  });
}

/**
 * @param {Answer} answer
 * @param {Desk} desk
 * @returns {import("./rows.js").Table}
 */
function tableFor({ leaves }, desk) {
  return {
    caption: "Gradients beside differences",
    head: ["leaf", "gradient", "by differences", "error", "verdict"],
    rows: leaves.map((leaf) => [
      nameOf(leaf, desk),
      leaf.shown.grad,
      leaf.shown.difference,
      leaf.shown.error,
      WORDS[leaf.verdict] ?? leaf.verdict,
    ]),
    mark: (at) => (leaves[at].passed === false ? "wrong" : null),
  };
}

/**
 * Return the name of a leaf as a button that marks it in the picture, with the operations that are not smooth there.
 * @param {Leaf} leaf
 * @param {Desk} desk
 */
function nameOf({ node, label, causes }, desk) {
  return button(label, () => desk.trace({ nodes: [node, ...causes], edges: [] }), { title: "show it in the graph" });
}
