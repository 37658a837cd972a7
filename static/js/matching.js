// @ts-check
/**
 * Who is who after the program changed: turns the nodes of two runs into pairs, for an inserted line shifts all ids.
 * Start at `matched`.
 *
 * @typedef {import("./trace.js").Node} Node
 */

/** What two nodes have in common that are the same one, the surest first; null: says nothing of this node. */
const SIGNS = /** @type {((node: Node) => string | null)[]} */ ([
  ({ name, role }) => name && `${role} ${name}`,
  ({ name }) => name,
  ({ role, op, expression }) => expression && `${role} ${op} ${expression}`,
  ({ role, op, label }) => `${role} ${op} ${label}`,
  ({ role, op, id }) => `${role} ${op} ${id}`,
]);

/**
 * Return the old id of each new node that was there before.
 * @param {Node[]} before
 * @param {Node[]} after
 * @returns {Map<string, string>}
 */
export function matched(before, after) {
  const pairs = new Map();
  const left = new Set(before);
  for (const sign of SIGNS) {
    const waiting = filed([...left], sign);
    for (const node of after) {
      const found = pairs.has(node.id) ? undefined : waiting.get(sign(node) ?? "")?.shift();
      if (!found) continue;
      pairs.set(node.id, found.id);
      left.delete(found);
    }
  }
  return pairs;
}

/**
 * Return nodes by their signs, in the order of the program.
 * @param {Node[]} nodes
 * @param {(node: Node) => string | null} sign
 */
function filed(nodes, sign) {
  /** @type {Map<string, Node[]>} */
  const files = new Map();
  for (const node of nodes) {
    const key = sign(node);
    if (key) files.set(key, [...(files.get(key) ?? []), node]);
  }
  return files;
}
