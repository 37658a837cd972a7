// @ts-check
/**
 * New numbers over a run at hand: turns an answer that holds only what differs into a whole document. Start at `overlaid`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {Pick<Run, "printed" | "warnings"> & {unchanged: true, topology: string, output: object | null,
 *   nodes: object[], groups?: object[], steps: Partial<import("./trace.js").Step>[], passes: object[]}} Numbers
 */

/**
 * Return `run` with the numbers of `answer`; null if they belong to another one.
 * @param {Run} run
 * @param {Numbers} answer
 * @returns {Run | null}
 */
export function overlaid(run, answer) {
  if (answer.topology !== run.topology) return null;
  const lists = /** @type {const} */ (["nodes", "groups", "steps", "passes"]);
  if (lists.some((name) => (run[name] ?? []).length !== (answer[name] ?? []).length)) return null;
  const parts = lists.map((name) => [name, merged(run[name] ?? [], answer[name] ?? [])]);
  const { printed, warnings } = answer;
  const output = answer.output && /** @type {Run["output"]} */ ({ ...run.output, ...answer.output });
  return { ...run, ...Object.fromEntries(parts), output, printed, warnings, svg: undefined };
}

/**
 * Words that the answer does not have hold numbers of before: they go.
 * @param {object[]} elements
 * @param {object[]} numbers
 */
function merged(elements, numbers) {
  return elements.map((element, k) => {
    const { math, sentence, ledger, ...stays } = /** @type {Partial<import("./trace.js").Step>} */ (element);
    return { ...stays, ...numbers[k] };
  });
}
