// @ts-check
/** What moves when a node moves: everything on a path from it to the output. Start at `coneOf`. */

/** @typedef {{id: string, operands: string[]}} Node */

/**
 * Return the nodes and edges on all paths from `id` to `output`; both alone if there is no path.
 * @param {Node[]} nodes operands before what uses them
 * @param {string} id
 * @param {string} output
 * @returns {{nodes: string[], edges: string[]}} an edge is named by what uses the operand, and the slot: `n4.0`
 */
export function coneOf(nodes, id, output) {
  const moving = new Set([id]);
  for (const node of nodes) if (node.operands.some((operand) => moving.has(operand))) moving.add(node.id);
  const wanted = new Set([output]);
  for (const node of nodes.toReversed()) if (wanted.has(node.id)) for (const each of node.operands) wanted.add(each);
  const isOnPath = (/** @type {string} */ each) => moving.has(each) && wanted.has(each);
  if (!isOnPath(id)) return { nodes: [id, output], edges: [] };
  const inside = nodes.filter((node) => isOnPath(node.id));
  const edges = inside.flatMap((node) =>
    node.operands.flatMap((operand, slot) => (isOnPath(operand) ? [`${node.id}.${slot}`] : [])),
  );
  return { nodes: inside.map((node) => node.id), edges };
}
