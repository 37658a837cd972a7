// @ts-check
/** Paths: a gradient as a sum over all ways from the output, each the product of its local derivatives. */

import { make } from "../dom.js";
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
  const before = button("Larger ones", () => turn(-PAGE));
  const after = button("Smaller ones", () => turn(PAGE));
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
  /** @type {import("../store.js").Traced | null} What a pointed row of the other table marks. */
  let pointed = null;

  const skip = () => Math.max(0, Math.round(Number(desk.setting("skip", "0"))) || 0);
  const turn = (/** @type {number} */ by) => {
    const to = Math.max(0, skip() + by);
    desk.set("path", null);
    desk.set("skip", to === 0 ? null : String(to));
  };
  const chosen = () => Number(desk.setting("path", "0"));
  const trace = (/** @type {number | null} */ row) => {
    const path = answer?.paths[row ?? answer.paths.findIndex(({ rank }) => rank === chosen())];
    const traced = path ? tracedOf(path) : null;
    if (traced !== null || desk.store.state.traced !== null) desk.trace(traced);
  };
  const choose = (/** @type {number} */ rank) => {
    const isOff = chosen() === rank;
    desk.set("path", isOff ? null : String(rank));
    const path = answer?.paths.find((each) => each.rank === rank);
    if (path && !isOff) desk.say(`Path ${rank} is marked in the graph.`);
  };
  const mark = () => showChosen(paths, (row) => answer?.paths[row]?.rank === chosen());

  const show = (/** @type {Answer} */ told) => {
    answer = told;
    saying.textContent = [told.sentence, told.count.text === "1" ? "" : told.sum.sentence].join(" ");
    listed.textContent = [told.listed.sentence, told.factors?.sentence ?? "", HINT].join(" ");
    paths.replaceChildren(tableOf({ caption: "The paths", head: HEAD, rows: told.paths.map(rowOf) }));
    before.hidden = after.hidden = told.skip === 0 && told.listed.rest_count.text === "0";
    before.disabled = told.skip === 0;
    after.disabled = told.paths.length === 0 || told.count.exact === told.skip + told.paths.length;
    showBeside();
    mark();
    trace(null);
  };
  const rowOf = (/** @type {Path} */ { rank, labels, factors, shown, share }) => {
    const head = rowButton(String(rank), `Mark path ${rank}: ${routeOf(labels)}`, () => choose(rank));
    return [head, routeOf(labels), factors, shown.product, share];
  };
  const showBeside = () => {
    if (answer) beside.replaceChildren(...besideOf(answer, desk.setting("mode", "costs")));
  };
  letPoint(paths, trace);
  letPoint(beside, (row) => {
    const tangent = desk.setting("mode", "costs") === "forward" && row !== null ? answer?.tangents[row] : undefined;
    pointed = tangent ? arrivalAt(desk, answer?.tangents ?? [], tangent.node) : null;
    if (pointed) desk.trace(pointed);
    else trace(null);
  });
  desk.live({
    path: "/api/v1/paths",
    question: (program) => ({ ...program, node: desk.setting("node", "") || null, most: PAGE, skip: skip() }),
    show,
    room,
  });
  desk.watch((state, past) => {
    if (state.settings.mode !== past.settings.mode) showBeside();
    if (state.settings.node !== past.settings.node && skip() > 0) desk.set("skip", null);
    if (state.settings.path !== past.settings.path) {
      mark();
      trace(null);
    }
  });
}

const HINT = "The graph marks the path that one points at, or chooses by its number.";
const HEAD = ["", "path", "local derivatives", "product", "share"];

/**
 * Return what stands beside the paths.
 * @param {Answer} answer
 * @param {string} mode
 */
function besideOf(answer, mode) {
  if (mode === "forward") {
    const rows = answer.tangents.map(({ label, text, shown }) => [
      rowButton(label, text, () => {}),
      text,
      shown.tangent,
    ]);
    const table = tableOf({ caption: "Forward mode, step by step", head: ["", "tangent", ""], rows });
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
