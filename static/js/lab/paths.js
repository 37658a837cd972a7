// @ts-check
/** Paths: a gradient as a sum over all ways from the output, each the product of its local derivatives. */

import { disable, isDisabled, make } from "../dom.js";
import { button, choice, fields, nodeChoice } from "./form.js";
import { letPoint, rowButton, showChosen } from "./marking.js";
import { arrivalOf, routeOf, tracedOf } from "./route.js";
import { tableOf } from "./rows.js";

/**
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {{text: string}} Count
 * @typedef {{rank: number, nodes: string[], labels: string[], edges: [string, number][], share: string | null,
 *   shown: {product: Shown}, factors: string, text: string}} Path
 * @typedef {{node: string, label: string, shown: {tangent: Shown}, text: string}} Tangent
 * @typedef {{node: string, label: string, shown: {grad: Shown, tangent: Shown, difference: Shown},
 *   agrees: boolean}} Leaf
 * @typedef {{node: string, label: string, skip: number, count: {exact: number | string | null, text: string},
 *   paths: Path[], sentence: string, listed: {sentence: string, rest_count: Count},
 *   sum: {sentence: string}, factors: {sentence: string} | null, tangents: Tangent[], tangent_count: number,
 *   forward: Leaf[], forward_sentence: string,
 *   costs: {reverse: Count, forward: Count, naive: Count, sentence: string}}} Answer
 */

export const name = "paths";
export const title = "Paths";
export const about =
  "A gradient is a sum over all paths from the output; each path gives the product of its local derivatives.";

const PAGE = 20; // paths

/**
 * @param {HTMLElement} room
 * @param {Desk} desk
 */
export function mount(room, desk) {
  const saying = make("p", { class: "saying", "aria-live": "polite" });
  const listed = make("p", { class: "note" });
  const paths = make("div");
  const beside = make("div");
  const before = button("Larger ones", () => isDisabled(before) || turn(-PAGE));
  const after = button("Smaller ones", () => isDisabled(after) || turn(PAGE));
  room.append(
    fields(
      "Paths",
      nodeChoice(desk, { name: "node", label: "To", none: "the leaf with most paths", which: hasGradient }),
      before,
      after,
      choice(desk, {
        name: "mode",
        label: "Beside them",
        otherwise: "costs",
        choices: [
          ["costs", "why reverse mode"],
          ["forward", "forward mode, step by step"],
          ["leaves", "forward mode, leaf by leaf"],
        ],
      }),
    ),
    saying,
    make("div", { class: "halves" }, make("div", {}, paths, listed), beside),
  );
  /** @type {Answer | null} */
  let answer = null;
  const skip = () => Math.max(0, Math.round(Number(desk.setting("skip", "0"))) || 0);
  const turn = (/** @type {number} */ by) => {
    const to = Math.max(0, skip() + by);
    desk.set("path", null);
    desk.set("skip", to === 0 ? null : String(to));
  };
  const isChosen = (/** @type {"path" | "tangent"} */ kind, /** @type {string | number | undefined} */ which) =>
    which !== undefined && desk.setting(kind, "") === String(which);
  const choose = (/** @type {"path" | "tangent"} */ kind, /** @type {string | number} */ which) => {
    const isOff = isChosen(kind, which);
    desk.set(kind === "path" ? "tangent" : "path", null);
    desk.set(kind, isOff ? null : String(which));
    if (!isOff) desk.say("It is marked in the graph.");
  };
  const pathAt = (/** @type {Path | undefined} */ path) => (path ? tracedOf(path) : null);
  const tangentAt = (/** @type {Tangent | undefined} */ tangent) =>
    tangent && answer ? arrivalAt(desk, answer.tangents, tangent.node) : null;
  const trace = (/** @type {import("../store.js").Traced | null} */ pointed) => {
    const chosen = () =>
      pathAt(answer?.paths.find(({ rank }) => isChosen("path", rank))) ??
      (isForward() ? tangentAt(answer?.tangents.find(({ node }) => isChosen("tangent", node))) : null);
    const traced = pointed ?? chosen();
    if (traced !== null || desk.store.state.traced !== null) desk.trace(traced);
  };
  const isForward = () => desk.setting("mode", "costs") === "forward";
  const mark = () => {
    showChosen(paths, (row) => isChosen("path", answer?.paths[row]?.rank));
    if (isForward()) showChosen(beside, (row) => isChosen("tangent", answer?.tangents[row]?.node));
  };

  const show = (/** @type {Answer} */ told) => {
    answer = told;
    saying.textContent = [told.sentence, told.count.text === "1" ? "" : told.sum.sentence].join(" ");
    listed.textContent = [told.listed.sentence, told.factors?.sentence ?? "", HINT].join(" ");
    paths.replaceChildren(tableOf({ caption: "The paths", head: HEAD, rows: told.paths.map(rowOf) }));
    before.hidden = after.hidden = told.skip === 0 && told.listed.rest_count.text === "0";
    disable(before, told.skip === 0);
    disable(after, told.paths.length === 0 || told.count.exact === told.skip + told.paths.length);
    showBeside();
    mark();
    trace(null);
  };
  const rowOf = (/** @type {Path} */ { rank, labels, factors, shown, share }) => {
    const head = rowButton(String(rank), `Mark path ${rank}: ${routeOf(labels)}`, () => choose("path", rank));
    return [head, routeOf(labels), factors, shown.product, share];
  };
  const showBeside = () => {
    const press = (/** @type {string} */ node) => choose("tangent", node);
    if (answer) beside.replaceChildren(...besideOf(answer, desk.setting("mode", "costs"), press));
  };
  letPoint(paths, (row) => trace(row === null ? null : pathAt(answer?.paths[row])));
  letPoint(beside, (row) => trace(row === null || !isForward() ? null : tangentAt(answer?.tangents[row])));
  desk.live({
    path: "/api/v1/paths",
    question: (program) => ({ ...program, node: desk.setting("node", "") || null, most: PAGE, skip: skip() }),
    show,
    room,
  });
  desk.watch((state, past) => {
    const { mode, path, tangent } = past.settings;
    if (state.settings.mode !== mode) showBeside();
    if (state.settings.node !== past.settings.node && skip() > 0) desk.set("skip", null);
    if (state.settings.mode === mode && state.settings.path === path && state.settings.tangent === tangent) return;
    mark();
    trace(null);
  });
}

const HINT = "The graph marks the path that one points at, or chooses by its number.";
const HEAD = ["", "path", "local derivatives", "product", "share"];

/**
 * Return what stands beside the paths.
 * @param {Answer} answer
 * @param {string} mode
 * @param {(node: string) => void} press
 */
function besideOf(answer, mode, press) {
  if (mode === "forward") {
    const rows = answer.tangents.map(({ node, label, text }) => [
      rowButton(label, `Mark what arrives at ${label}`, () => press(node)),
      text,
    ]);
    const table = tableOf({ caption: "Forward mode, step by step", head: ["node", "tangent"], rows });
    const more = answer.tangent_count - answer.tangents.length;
    const first = `Forward mode begins at ${answer.label} with 1 and goes up to the output in one sweep.`;
    return [make("p", {}, first), table, ...(more > 0 ? [make("p", {}, `… and ${more} more nodes`)] : [])];
  }
  if (mode === "leaves") {
    const rows = answer.forward.map(({ label, shown }) => [label, shown.grad, shown.tangent, shown.difference]);
    const head = ["leaf", "reverse mode", "forward mode", "difference"];
    const table = tableOf({ caption: "Reverse and forward mode", head, rows });
    return [make("p", {}, answer.forward_sentence), table];
  }
  const { costs } = answer;
  const rows = [
    ["Reverse sweep", costs.reverse.text],
    ["Forward mode", costs.forward.text],
    ["Path by path", costs.naive.text],
  ];
  const head = ["for the gradients of all leaves", "multiplications"];
  return [tableOf({ caption: "What it takes", head, rows }), make("p", {}, costs.sentence)];
}

/**
 * @param {Desk} desk
 * @param {Tangent[]} tangents
 * @param {string} node
 */
function arrivalAt(desk, tangents, node) {
  const operands = desk.store.state.run?.nodes.find(({ id }) => id === node)?.operands ?? [];
  return arrivalOf(
    node,
    tangents.map((each) => each.node),
    operands,
  );
}

/** @param {import("../trace.js").Node} node */
function hasGradient({ role, trainable }) {
  return role === "operation" || (role === "input" && trainable);
}
