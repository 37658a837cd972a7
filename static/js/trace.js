// @ts-check
/**
 * A moment of a run: turns the document of the server and a cursor into what each node shows then. Start at `frameAt`.
 * The numbers come as texts and stay texts: nothing is computed or formatted here.
 *
 * @typedef {[short: string, exact: string, relation: string]} Shown One number, ready to be shown.
 * @typedef {{line: number, column: number, end_line: number, end_column: number}} Span Columns count code points.
 * @typedef {{id: string, name: string | null, label: string, role: "input" | "constant" | "operation", op: string | null,
 *   symbol: string | null, operands: string[], expression: string | null, trainable: boolean, defaulted: boolean,
 *   span: Span | null, calls?: Span[], adjustable: boolean, literal: string | null, shown: {data: Shown, grad: Shown}, carried?: Face}} Node
 *   `carried`: what it shows before the first step of a run that is told pass by pass.
 * @typedef {{phase: "forward" | "seed" | "backward" | "update", node: string, operand?: string, slot?: number,
 *   field?: "data" | "grad", span?: Span | null, text: string, sentence: string, math: string, ledger: string, sign?: Sign, magnitude?: number,
 *   shown: {data?: Shown, before?: Shown, after?: Shown, contribution?: Shown}}} Step
 * @typedef {{output: string, order: string[] | null, first: number, last: number, scope: string, shown?: {data: Shown}}} Pass
 * @typedef {{message: string, hint?: string | null} & Partial<Span>} Mistake
 * @typedef {{detail: string, errors: Mistake[]}} Problem
 * @typedef {{source: string, output: {node: string, name: string, shown: {data: Shown}} | null, nodes: Node[],
 *   variables: Record<string, string>, steps: Step[], first_step: number, step_count: number, passes: Pass[], printed: string,
 *   warnings: (Mistake & {kind: string})[], svg?: string | null, problem?: Problem}} Run
 *   `steps` are those from `first_step` on; a long run is told pass by pass, a short one as a whole.
 *
 * @typedef {"pos" | "neg" | "zero" | "nan" | "none"} Sign
 * @typedef {{data: Shown | null, grad: Shown | null, sign: Sign, magnitude: number}} Face What a node shows; null is not known yet.
 * @typedef {{cursor: number, step: Step | null, pass: number, faces: Map<string, Face>}} Frame
 */

/**
 * Return the step that leads to `cursor`, if this part of the run has it.
 * @param {Run | null} run
 * @param {number} cursor
 * @returns {Step | null}
 */
export function stepAt(run, cursor) {
  return run?.steps[cursor - run.first_step - 1] ?? null;
}

/**
 * Return the first and the last moment that can be shown without asking for another part of the run. The moment before
 * the first step of a pass is the last one of the pass before.
 * @param {Run | null} run
 */
export function reachOf(run) {
  if (!run) return { lowest: 0, highest: 0 };
  const highest = run.first_step + run.steps.length;
  return { lowest: Math.min(run.first_step + Number(run.first_step > 0), highest), highest };
}

/**
 * Return the state after `cursor` steps of the whole run.
 * @param {Run} run
 * @param {number} cursor
 * @returns {Frame}
 */
export function frameAt(run, cursor) {
  const faces = new Map(run.nodes.map((node) => [node.id, untouched(node)]));
  const done = Math.max(cursor - run.first_step, 0);
  for (let k = run.steps.length - 1; k >= done; k--) {
    const { node, field, shown } = run.steps[k];
    const face = field === "data" ? faces.get(node) : undefined;
    if (face?.data && shown.before) face.data = shown.before;
  }
  for (const step of run.steps.slice(0, done)) apply(step, faces);
  return { cursor, step: stepAt(run, cursor), pass: passAt(run, cursor), faces };
}

/**
 * @param {Node} node
 * @returns {Face}
 */
function untouched(node) {
  if (node.carried) return { ...node.carried };
  return { data: node.role === "operation" ? null : node.shown.data, grad: null, sign: "none", magnitude: 0 };
}

/**
 * @param {Step} step
 * @param {Map<string, Face>} faces
 */
function apply(step, faces) {
  const face = faces.get(step.operand ?? step.node);
  if (!face) return;
  if (step.phase === "forward") face.data = step.shown.data ?? null;
  else if (step.field === "data") face.data = step.shown.after ?? null;
  else {
    face.grad = step.shown.after ?? null;
    face.sign = step.sign ?? "none";
    face.magnitude = step.magnitude ?? 0;
  }
}

/**
 * Return the index of the pass whose graph is on screen: the first that is not over yet, else the last.
 * @param {Run} run
 * @param {number} cursor
 */
export function passAt(run, cursor) {
  const found = run.passes.findIndex((pass) => cursor <= pass.last);
  return found < 0 ? run.passes.length - 1 : found;
}

/**
 * Return the stretches of steps of one phase.
 * @param {Run} run
 * @returns {{phase: string, length: number}[]}
 */
export function phasesOf(run) {
  /** @type {{phase: string, length: number}[]} */
  const phases = [];
  for (const { phase } of run.steps) {
    const last = phases.at(-1);
    if (last?.phase === phase) last.length++;
    else phases.push({ phase, length: 1 });
  }
  return phases;
}

/**
 * Return all that decides the geometry of a run's pictures: equal shapes have equal pictures but for the numbers.
 * @param {Run} run
 */
export function shapeOf(run) {
  const nodes = run.nodes.map(({ id, label, role, op, operands, trainable }) => [
    id,
    label,
    role,
    op,
    operands,
    trainable,
  ]);
  return JSON.stringify([nodes, run.passes.map(({ output, order }) => [output, order])]);
}
