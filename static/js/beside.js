// @ts-check
/**
 * Where a card goes: turns a node, what should stay in sight and the room there is into a place. Start at `beside`.
 *
 * @typedef {{left: number, right: number, top: number, bottom: number}} Room
 * @typedef {"right" | "left" | "below" | "above"} Side
 */

const GAP = 10; // px between a node and its card
const NEAR = 4; // px between a card and what it makes way for
const MOST = 16; // boxes whose borders a card may stand at
const POINTS = 8; // of a line that should stay in sight
const PARTS = 20; // of a box that are told from each other

/**
 * Return where a card of this size goes: inside `room`, not over the node; of such places where it covers least of
 * `boxes` (one that counts more is there more than once), then of the lines from the node to `ends`. A card that has a side already stays on it, unless another is
 * better; of equal places the nearest is the best.
 * @param {Room} node
 * @param {{boxes: Room[], ends?: Room[]}} kept
 * @param {{width: number, height: number}} size
 * @param {Room} room
 * @param {Side | null} side
 * @returns {{left: number, top: number, side: Side, hidden: number}} `hidden`: boxes, and parts of boxes
 */
export function beside(node, { boxes, ends = [] }, size, room, side = null) {
  const inside = boxes.filter((box) => shared(box, room) > 0);
  const points = ends.flatMap((end) => pointsBetween(node, end));
  const judged = candidates(node, inside, size, room).map((place) => {
    const here = { ...place, right: place.left + size.width, bottom: place.top + size.height };
    const hidden = Math.ceil(inside.reduce((sum, box) => sum + shared(here, box) / areaOf(box), 0) * PARTS) / PARTS;
    const costs = [
      shared(here, node),
      hidden * PARTS,
      covered(here, points),
      Number(place.side !== side),
      distance(here, node),
    ];
    return { place: { ...place, hidden }, costs };
  });
  return judged.reduce((best, each) => (isLess(each.costs, best.costs) ? each : best)).place;
}

/** @param {Room} box */
function areaOf({ left, right, top, bottom }) {
  return (right - left) * (bottom - top);
}

/**
 * @param {number[]} costs the weightiest first
 * @param {number[]} others
 */
function isLess(costs, others) {
  const k = costs.findIndex((cost, index) => Math.round(cost) !== Math.round(others[index]));
  return k >= 0 && costs[k] < others[k];
}

/**
 * Return where a card could stand: beside its node, in a corner of the room, or at a border of any box.
 * @param {Room} node
 * @param {Room[]} boxes
 * @param {{width: number, height: number}} size
 * @param {Room} room
 * @returns {{left: number, top: number, side: Side}[]}
 */
function candidates(node, boxes, { width, height }, room) {
  const near = boxes.toSorted((one, other) => distance(one, node) - distance(other, node)).slice(0, MOST);
  const lefts = [
    ...[node.right + GAP, node.left - GAP - width, (node.left + node.right - width) / 2],
    ...[room.left, room.right - width],
    ...near.flatMap(({ left, right }) => [right + NEAR, left - NEAR - width]),
  ];
  const tops = [
    ...[(node.top + node.bottom - height) / 2, node.bottom + GAP, node.top - GAP - height],
    ...[room.top, room.bottom - height],
    ...near.flatMap(({ top, bottom }) => [bottom + NEAR, top - NEAR - height]),
  ];
  const across = new Set(lefts.map((left) => within(left, room.left, room.right - width)));
  const down = [...new Set(tops.map((top) => within(top, room.top, room.bottom - height)))];
  return [...across].flatMap((left) =>
    down.map((top) => ({ left, top, side: sideOf({ left, top, right: left + width, bottom: top + height }, node) })),
  );
}

/**
 * @param {Room} card
 * @param {Room} node
 * @returns {Side}
 */
function sideOf(card, node) {
  if (card.left >= node.right) return "right";
  if (card.right <= node.left) return "left";
  return card.top >= node.bottom ? "below" : "above";
}

/**
 * Return how far two rooms are from each other, across and down.
 * @param {Room} one
 * @param {Room} other
 */
function distance(one, other) {
  const across = Math.max(one.left - other.right, other.left - one.right, 0);
  return across + Math.max(one.top - other.bottom, other.top - one.bottom, 0);
}

/**
 * @param {Room} one
 * @param {Room} other
 */
function pointsBetween(one, other) {
  const [from, to] = [one, other].map(({ left, right, top, bottom }) => [(left + right) / 2, (top + bottom) / 2]);
  return Array.from({ length: POINTS }, (_, k) => {
    const part = (k + 1) / (POINTS + 1);
    return [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
  });
}

/**
 * Return how many points lie in a room.
 * @param {Room} room
 * @param {number[][]} points
 */
function covered({ left, right, top, bottom }, points) {
  return points.filter(([x, y]) => x > left && x < right && y > top && y < bottom).length;
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
