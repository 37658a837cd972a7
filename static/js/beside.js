// @ts-check
/**
 * Where a card goes: turns a node, what should stay in sight and the room there is into a place. Start at `beside`.
 *
 * @typedef {{left: number, right: number, top: number, bottom: number}} Room
 * @typedef {"right" | "left" | "below" | "above"} Side
 */

const GAP = 10; // px between a node and its card

/**
 * Return where a card of this size goes: inside `room`, not over the node, and as little as may be over what is to be
 * avoided. A card that has a side already stays on it, unless another is better.
 * @param {Room} node
 * @param {Room[]} avoid
 * @param {{width: number, height: number}} size
 * @param {Room} room
 * @param {Side | null} side
 * @returns {{left: number, top: number, side: Side}}
 */
export function beside(node, avoid, size, room, side = null) {
  const costOf = (/** @type {{left: number, top: number, side: Side}} */ place) => {
    const here = { ...place, right: place.left + size.width, bottom: place.top + size.height };
    const hidden = avoid.reduce((sum, each) => sum + shared(here, each), 0);
    return shared(here, node) * 1e4 + hidden + Number(place.side !== side);
  };
  const places = candidates(node, size, room);
  return places.reduce((best, place) => (costOf(place) < costOf(best) ? place : best));
}

/**
 * @param {Room} node
 * @param {{width: number, height: number}} size
 * @param {Room} room
 */
function candidates(node, { width, height }, room) {
  const tops = [(node.top + node.bottom - height) / 2, room.top, room.bottom - height];
  const lefts = [(node.left + node.right - width) / 2, room.left, room.right - width];
  const aside = /** @type {[Side, number][]} */ ([
    ["right", node.right + GAP],
    ["left", node.left - GAP - width],
  ]);
  const across = /** @type {[Side, number][]} */ ([
    ["below", node.bottom + GAP],
    ["above", node.top - GAP - height],
  ]);
  const places = [
    ...aside.flatMap(([side, left]) => tops.map((top) => ({ side, left, top }))),
    ...across.flatMap(([side, top]) => lefts.map((left) => ({ side, left, top }))),
  ];
  return places.map(({ side, left, top }) => ({
    side,
    left: within(left, room.left, room.right - width),
    top: within(top, room.top, room.bottom - height),
  }));
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function within(value, low, high) {
  return Math.max(low, Math.min(value, high));
}

/**
 * Return how much of one room lies in another.
 * @param {Room} one
 * @param {Room} other
 */
export function shared(one, other) {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return Math.max(width, 0) * Math.max(height, 0);
}
