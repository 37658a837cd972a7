// @ts-check
/** Ways through the graph, as an experiment tells and marks them. Start at `routeOf`. */

const ENDS = 3; // names at each end of a long way

/**
 * Return the names on a way, without the middle of a long one.
 * @param {string[]} labels
 */
export function routeOf(labels) {
  const shown = labels.length > 2 * ENDS + 1 ? [...labels.slice(0, ENDS), "…", ...labels.slice(-ENDS)] : labels;
  return shown.join(" → ");
}

/**
 * Return what the picture marks of a way.
 * @param {{nodes: string[], edges: [string, number][]}} way
 * @returns {import("../store.js").Traced}
 */
export function tracedOf({ nodes, edges }) {
  return { nodes, edges: edges.map(([node, slot]) => `${node}.${slot}`) };
}

/**
 * Return what the picture marks of a step of forward mode: a node, and what comes to it from those before.
 * @param {string} node
 * @param {Iterable<string>} before nodes with tangents
 * @param {string[]} operands by slot
 * @returns {import("../store.js").Traced}
 */
export function arrivalOf(node, before, operands) {
  const known = new Set(before);
  const edges = operands.flatMap((operand, slot) => (known.has(operand) ? [`${node}.${slot}`] : []));
  return { nodes: [node, ...operands.filter((operand) => known.has(operand))], edges };
}
