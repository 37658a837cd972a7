// @ts-check
/**
 * The only place that asks the server: turns a request for a run into its document or a problem. Start at `run`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Problem} Problem
 * @typedef {{source: string, inputs: Record<string, string>, svg: boolean, direction: "LR" | "TB",
 *   style: "compact" | "micrograd", step?: number, open?: string[], known?: string, texts?: number[]}} Request
 *   With `step`, the picture is that of the pass which has it, and so are the steps of a long run. `known`: the topology
 *   of a run that is at hand, so that only its numbers are wanted; `texts`: the steps [first, last) to be told in full.
 * @typedef {Run | import("./overlay.js").Numbers | {steps: import("./trace.js").Step[]}
 *   | {problem: Problem}} Answer
 */

const SPECIAL = new Map([
  ["nan", "NaN"],
  ["inf", "Infinity"],
  ["infinity", "Infinity"],
]);

/**
 * Run a program. A problem never throws; only `signal` does, when the answer is not wanted any more.
 * @param {Request} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export async function run({ inputs, ...request }, signal) {
  const numbers = Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, numberOf(text)]));
  const body = JSON.stringify({ ...request, inputs: numbers, partial: true, display: true });
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/v1/run", { method: "POST", headers, body, signal });
    const said = await answer.json();
    return answer.ok ? said : { problem: said };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { problem: { detail: "The server does not answer. Nothing that you typed is lost.", errors: [] } };
  }
}

/**
 * Return a typed number as JSON carries it; null if it is none.
 * @param {string} text
 * @returns {number | string | null}
 */
export function numberOf(text) {
  const plain = text.trim().replace("\u2212", "-");
  const [, sign, word] = plain.match(/^([+-]?)(\w+)$/) ?? [];
  const special = word && SPECIAL.get(word.toLowerCase());
  if (special) return (sign === "-" && special !== "NaN" ? "-" : "") + special;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}
