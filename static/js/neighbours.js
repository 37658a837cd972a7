// @ts-check
/**
 * Walks over a picture from box to box: turns places and links into who comes next. Start at `neighbour`.
 *
 * @typedef {{x: number, y: number}} Place The middle of a box; y grows downwards.
 * @typedef {[tail: string, head: string]} Link An operand and its user.
 * @typedef {"users" | "operands" | "before" | "after"} Way `before` and `after`: on screen, across the direction of edges.
 */

/** @type {Record<"LR" | "TB", Record<string, Way>>} */
const WAYS = {
  LR: { ArrowRight: "users", ArrowLeft: "operands", ArrowUp: "before", ArrowDown: "after" },
  TB: { ArrowDown: "users", ArrowUp: "operands", ArrowLeft: "before", ArrowRight: "after" },
};
const ASIDE = 2; // how much farther a box seems that lies aside

/**
 * Return where an arrow key leads, in a picture of this direction.
 * @param {string} key
 * @param {"LR" | "TB"} direction
 * @returns {Way | undefined}
 */
export function wayOf(key, direction) {
  return WAYS[direction][key];
}

/**
 * Return the box that comes next; null at the end.
 * @param {Map<string, Place>} places
 * @param {Link[]} links
 * @param {string} here
 * @param {Way} way
 * @param {"LR" | "TB"} direction
 * @returns {string | null}
 */
export function neighbour(places, links, here, way, direction) {
  const from = places.get(here);
  if (!from) return null;
  const turn = (/** @type {Place} */ { x, y }) =>
    direction === "LR" ? { along: x, across: y } : { along: y, across: x };
  const start = turn(from);
  const offsets = [...places].map(([key, place]) => {
    const { along, across } = turn(place);
    return { key, along: along - start.along, across: across - start.across };
  });
  if (way === "users" || way === "operands") {
    const linked = new Set(linkedTo(links, here, way));
    return nearest(
      offsets.filter(({ key }) => linked.has(key)),
      ({ along, across }) => Math.hypot(along, across),
    );
  }
  const side = way === "before" ? -1 : 1;
  const candidates = offsets.filter(({ key, along, across }) => key !== here && isBeyond(across, along, side));
  return nearest(candidates, ({ along, across }) => Math.abs(across) + ASIDE * Math.abs(along));
}

/**
 * Return the ends of the links that lead to users or operands of a box, each as often as it is linked.
 * @param {Link[]} links
 * @param {string} here
 * @param {"users" | "operands"} way
 */
export function linkedTo(links, here, way) {
  const [from, to] = way === "users" ? [0, 1] : [1, 0];
  return links.filter((link) => link[from] === here).map((link) => link[to]);
}

/**
 * Return a list of names as one says it: "a", "a and b", "a, b and c".
 * @param {string[]} names
 */
export function listed(names) {
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "");
}

/**
 * Return in words where a box stands: "from a and b; to d".
 * @param {string[]} operands labels
 * @param {string[]} users
 */
export function told(operands, users) {
  const parts = [operands.length ? `from ${listed(operands)}` : "a leaf", users.length ? `to ${listed(users)}` : ""];
  return parts.filter(Boolean).join("; ");
}

/**
 * Return whether a box lies on this side; of boxes at the same height the order along the edges decides, so that every
 * box can be reached.
 * @param {number} across
 * @param {number} along
 * @param {1 | -1} side
 */
function isBeyond(across, along, side) {
  return across === 0 ? along * side > 0 : across * side > 0;
}

/**
 * @template {{key: string}} T
 * @param {T[]} candidates
 * @param {(candidate: T) => number} cost
 */
function nearest(candidates, cost) {
  /** @type {T | null} */
  let best = null;
  for (const each of candidates) if (!best || cost(each) < cost(best)) best = each;
  return best?.key ?? null;
}
