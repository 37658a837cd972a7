// @ts-check
/**
 * The only place that asks the server: turns a request for a run into its document or a problem. Start at `run`.
 *
 * @typedef {import("./trace.js").Run} Run
 * @typedef {import("./trace.js").Problem} Problem
 * @typedef {{source: string, inputs: Record<string, string>, svg: boolean, direction: "LR" | "TB",
 *   style: "compact" | "micrograd", constants: "inline" | "nodes", fixed?: string[], step?: number, open?: string[], known?: string, texts?: number[]}} Request
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
 * @typedef {import("./trace.js").Shown} Shown
 * @typedef {{node: string, label: string, slot: number, data: Shown, partial: Shown | null, rule: string,
 *   rule_code: string}} CardOperand
 * @typedef {{node: string, label: string, slot: number, partial: Shown | null, upstream: Shown | null,
 *   contribution: Shown | null, counts: boolean}} CardUser
 * @typedef {{step: number, text: string, from: string, node: string | null, contribution: Shown | null,
 *   after: Shown}} Entry What has arrived after `step` steps of the run.
 * @typedef {{node: string, label: string, symbol: string | null, about: string | null, convention: string | null,
 *   role: string, math: string, expression: string | null, operands: CardOperand[], users: CardUser[],
 *   user_count: number, ledger: Entry[], ledger_count: number, total: string, sentence: string}} Card
 */

/**
 * Run a program. A problem never throws; only `signal` does, when the answer is not wanted any more.
 * @param {Request} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export function run({ inputs, ...request }, signal) {
  return post("/api/v1/run", { ...request, inputs: numbersOf(inputs), partial: true, display: true }, signal);
}

/**
 * Ask all about a node of a run. Problems as with `run`.
 * @param {{source: string, inputs: Record<string, string>, fixed?: string[], pass?: number, node: string}} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Card | {problem: Problem}>}
 */
export function card({ inputs, ...request }, signal) {
  return post("/api/v1/node", { ...request, inputs: numbersOf(inputs), partial: true }, signal);
}

/** @param {Record<string, string>} inputs */
function numbersOf(inputs) {
  return Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, numberOf(text)]));
}

/**
 * Ask the server anything. Problems as with `run`.
 * @param {string} path
 * @param {object} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function post(path, request, signal) {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(request), signal });
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

/** @type {Map<string, Promise<any>>} */
const tables = new Map();

/**
 * Return a table that stays as it is as long as the server runs, asked for once; null if there is no answer.
 * @param {"/api/v1/names" | "/api/v1/ops" | "/api/v1/glossary" | "/api/v1/faults" | "/api/v1/data/sets" | `/api/v1/exercise?${string}`} path
 */
export function table(path) {
  const known = tables.get(path);
  if (known) return known;
  const asked = fetch(path).then(
    (answer) => (answer.ok ? answer.json() : null),
    () => null,
  );
  tables.set(path, asked);
  asked.then((answer) => answer ?? tables.delete(path));
  return asked;
}
