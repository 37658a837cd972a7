// Documents of small graphs, as the server tells them.
import { dice } from "./folded.js";

const shown = (value) => [String(value).replace("-", "−"), Number.isInteger(value) ? `${value}.0` : String(value), "="];

/** Return the run of sums over `operands`: for each node those that it is the sum of; none for a leaf. */
export function runOf(operands, { root = operands.length - 1, labels = [], first = 0 } = {}) {
  const id = (k) => `n${k}`;
  const label = (k) => labels[k] ?? id(k);
  const nodes = operands.map((of, k) => ({
    id: id(k),
    name: label(k),
    label: label(k),
    role: of.length ? "operation" : "input",
    op: of.length ? "add" : null,
    operands: of.map(id),
    expression: of.length ? of.map(label).join(" + ") : null,
    shown: { data: shown(k), grad: shown(0), partials: of.map(() => shown(1)) },
  }));
  const used = reachable(operands, root);
  const forward = [...operands.keys()].filter((k) => operands[k].length && used.has(k));
  const grads = operands.map(() => 0);
  grads[root] = 1;
  const steps = [
    ...forward.map((k) => ({
      phase: "forward",
      node: id(k),
      shown: { data: shown(k) },
      text: `${label(k)} = ${operands[k].map(label).join(" + ")} = ${operands[k].map((o) => `${o}.0`).join(" + ")} = ${k}.0`,
    })),
    { phase: "seed", node: id(root), shown: { before: shown(0), contribution: shown(1), after: shown(1) } },
  ];
  for (const k of forward.reverse()) {
    for (const [slot, operand] of operands[k].entries()) {
      const before = grads[operand];
      grads[operand] += grads[k];
      const numbers = { upstream: grads[k], local: 1, contribution: grads[k], before, after: grads[operand] };
      steps.push({
        phase: "backward",
        node: id(k),
        operand: id(operand),
        slot,
        shown: Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, shown(value)])),
        text: `${label(operand)}.grad += 1.0 * ${label(k)}.grad = 1.0 * ${grads[k]}.0 = ${grads[k]}.0`,
      });
    }
  }
  const order = [...operands.keys()].filter((k) => used.has(k)).map(id);
  return {
    source: "x",
    nodes,
    steps,
    first_step: first,
    step_count: first + steps.length,
    passes: [{ output: id(root), order, first, last: first + steps.length, scope: "" }],
    groups: [],
    variables: {},
    printed: "",
    warnings: [],
    output: null,
  };
}

function reachable(operands, root) {
  const seen = new Set();
  const todo = [root];
  while (todo.length) {
    const k = todo.pop();
    if (!seen.has(k)) todo.push(...operands[k]);
    seen.add(k);
  }
  return seen;
}

/** Return the operands of a random graph, operands first. */
export function randomOperands(seed, count = 12) {
  const roll = dice(seed);
  return Array.from({ length: count }, (_, k) => {
    const size = k < 3 ? 0 : roll(4) && 1 + roll(3);
    return Array.from({ length: size }, () => roll(k));
  });
}

/** c = a * b, d = c + a, of the listing that the page begins with; sums here. */
export const LISTING = () => runOf([[], [], [0, 1], [2, 0]], { labels: ["a", "b", "c", "d"] });

/** The state of a page that shows `run`. */
export function stateOf(run, changes = {}) {
  return {
    source: "x",
    inputs: {},
    fixed: [],
    step: null,
    run,
    playing: false,
    forward: false,
    folding: null,
    texts: {},
    grain: "edge",
    sorting: false,
    sort: 0,
    stops: [],
    spelling: "closures",
    ...changes,
  };
}
