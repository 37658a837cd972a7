// @ts-check
/**
 * The course of a descent: puts answers of the server, which come in parts, together into one. Start at `extended`.
 *
 * @typedef {import("../trace.js").Shown} Shown
 * @typedef {import("./plot.js").Value} Value
 * @typedef {{k: number, loss: Shown, lr: Shown, grad_norm: Shown, leaves: {value: Shown, grad: Shown}[]}} Told
 * @typedef {{id: string, label: string, name: string | null, adjustable: boolean}} Leaf
 * @typedef {{k: number[], loss: Value[], lr: Value[], grad_norm: Value[],
 *   leaves: {id: string, values: Value[], grads: Value[]}[], shown: Told[]}} Iterations
 * @typedef {{leaves: Leaf[], iterations: Iterations, finished: boolean, state: {values: Value[]}, done: number,
 *   progress: {k: number, iterations: number, fraction: number, text: string}, output: any, step: any, computed: any[],
 *   diagnosis: {kind: string, iteration: number | null, sentence: string,
 *   suggestion: {text: string, lr: number | null, zero_grad: boolean | null} | null}[], warnings: string[]}} Course
 */

/**
 * Return a course with what another answer tells; what is told twice counts as told last.
 * @param {Course | null} course
 * @param {Course} answer
 * @returns {Course}
 */
export function extended(course, answer) {
  if (!course) return answer;
  const first = answer.iterations.k[0];
  const kept = first === undefined ? course.iterations.k.length : course.iterations.k.filter((k) => k < first).length;
  const join = (/** @type {any[]} */ before, /** @type {any[]} */ after) => [...before.slice(0, kept), ...after];
  const { iterations: old } = course;
  const { iterations: fresh } = answer;
  const iterations = {
    ...fresh,
    k: join(old.k, fresh.k),
    loss: join(old.loss, fresh.loss),
    lr: join(old.lr, fresh.lr),
    grad_norm: join(old.grad_norm, fresh.grad_norm),
    shown: join(old.shown, fresh.shown),
    leaves: old.leaves.map((leaf, at) => ({
      ...leaf,
      values: join(leaf.values, fresh.leaves[at]?.values ?? []),
      grads: join(leaf.grads, fresh.leaves[at]?.grads ?? []),
    })),
  };
  const output = { ...answer.output, start: course.output.start };
  return { ...answer, iterations, output: { ...output, shown: { ...output.shown, start: course.output.shown.start } } };
}

/**
 * Return the place of the last iteration that is told up to `k`.
 * @param {Course} course
 * @param {number} k
 */
export function placeOf({ iterations }, k) {
  const at = iterations.k.findIndex((each) => each > k);
  return Math.max(0, (at < 0 ? iterations.k.length : at) - 1);
}

/**
 * Return the inputs that show the graph at an iteration; null at the beginning, where the page shows it already.
 * @param {Course} course
 * @param {number} at place
 * @returns {Record<string, string> | null}
 */
export function inputsAt({ leaves, iterations }, at) {
  if (at === 0) return null;
  /** @type {Record<string, string>} */
  const inputs = {};
  for (const { id, values } of iterations.leaves) {
    const leaf = leaves.find((each) => each.id === id);
    if (leaf?.name && leaf.adjustable) inputs[leaf.name] = textOf(values[at]);
  }
  return inputs;
}

/** @param {Value} value */
function textOf(value) {
  if (typeof value === "number") return String(value);
  return { NaN: "nan", Infinity: "inf", "-Infinity": "-inf" }[value ?? "NaN"] ?? "nan";
}

/**
 * Return the numbers of all parameters at an iteration, as requests take them; null where not all of them are told.
 * @param {Course} course
 * @param {number} at place
 * @returns {Value[] | null}
 */
export function valuesAt({ leaves, iterations }, at) {
  if (iterations.leaves.length < leaves.length) return null;
  return iterations.leaves.map(({ values }) => values[at]);
}
