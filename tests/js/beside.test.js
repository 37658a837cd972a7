// Where a card goes: never over its node, seldom over what the step is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { beside } from "../../static/js/beside.js";

const ROOM = { left: 0, right: 900, top: 0, bottom: 400 };
const SIZE = { width: 300, height: 200 };
const box = (left, top) => ({ left, right: left + 130, top, bottom: top + 60 });
const overlaps = (one, other) =>
  one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
const placed = (node, avoid = [], side = null) => {
  const { left, top, side: found } = beside(node, { boxes: avoid }, SIZE, ROOM, side);
  return { left, top, right: left + SIZE.width, bottom: top + SIZE.height, side: found };
};

test("wherever a node is, its card lies in the room and not over the node", () => {
  for (let x = 0; x <= 770; x += 35) {
    for (let y = 0; y <= 340; y += 20) {
      const card = placed(box(x, y));
      assert.ok(!overlaps(card, box(x, y)), `${x} ${y}`);
      assert.ok(card.left >= 0 && card.right <= 900 && card.top >= 0 && card.bottom <= 400, `${x} ${y}`);
    }
  }
});

test("a card leaves the active edge in sight", () => {
  const node = box(380, 170);
  for (const active of [box(540, 170), box(200, 170), box(380, 300), box(380, 20)]) {
    assert.ok(!overlaps(placed(node, [active]), active));
  }
});

test("a card takes any room where it covers nothing", () => {
  const wide = { left: 0, right: 1200, top: 0, bottom: 500 };
  const boxes = [box(20, 60), box(440, 60), box(600, 60), box(440, 180), box(600, 180), box(440, 430)];
  const { left, top, hidden } = beside(box(200, 100), { boxes }, { width: 300, height: 400 }, wide);
  const card = { left, top, right: left + 300, bottom: top + 400 };
  assert.equal(hidden, 0);
  for (const each of boxes) assert.ok(!overlaps(card, each));
});

test("where it must cover something, a card covers as few boxes as may be, rather one that counts once", () => {
  const low = { ...ROOM, top: 100, bottom: 300 };
  const sideOf = (boxes) => beside(box(385, 170), { boxes }, SIZE, low).side;
  const [left, lower, right] = [box(120, 110), box(120, 230), box(650, 170)];
  assert.equal(sideOf([left, lower, right]), "right");
  assert.equal(sideOf([left, right, right]), "left");
});

test("of places that cover no box, a card takes one beside the lines of its node", () => {
  const [node, end] = [box(380, 170), box(900, 170)];
  const { left, top } = beside(node, { boxes: [], ends: [end] }, SIZE, ROOM);
  assert.ok(left + SIZE.width <= 445 || top >= 200 || top + SIZE.height <= 200);
});

test("a card stays on its side as long as that is as good as any", () => {
  const node = box(380, 170);
  assert.equal(placed(node, [], "left").side, "left");
  assert.equal(placed(node, [], "right").side, "right");
  assert.equal(placed(node, [box(200, 170), box(60, 20), box(60, 330)], "left").side, "right");
});
