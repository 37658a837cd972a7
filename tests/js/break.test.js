// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { momentOf, stretchOf } from "../../static/js/lab/break.js";
import { listed } from "../../static/js/lab/compare.js";

/** @param {number} right @param {number} wrong @param {number | null} step */
const told = (right, wrong, step) =>
  /** @type {any} */ ({
    right: Array(right).fill({}),
    wrong: Array(wrong).fill({}),
    first: step === null ? null : { step, node: "n0", label: "a", why: "It is." },
  });

test("both passes stop at the first wrong number unless the address says another moment", () => {
  assert.equal(momentOf("", told(5, 5, 3)), 4);
  assert.equal(momentOf("2", told(5, 5, 3)), 2);
  assert.equal(momentOf("0", told(5, 5, 3)), 0);
});

test("where nothing is wrong all steps are done", () => {
  assert.equal(momentOf("", told(5, 9, null)), 9);
  assert.equal(momentOf("", told(5, 4, null)), 5);
});

test("a moment that is none, or beyond the end, does no harm", () => {
  for (const text of ["-1", "x", "1.5", "9999999"]) assert.equal(momentOf(text, told(5, 5, 1)), 2);
  assert.equal(momentOf("400", told(5, 5, 1)), 5);
});

test("of a long pass the steps around the moment are listed", () => {
  assert.deepEqual(stretchOf(3, 12), [0, 12]);
  assert.deepEqual(stretchOf(0, 6000), [0, 40]);
  assert.deepEqual(stretchOf(500, 6000), [470, 510]);
  assert.deepEqual(stretchOf(6000, 6000), [5960, 6000]);
  assert.deepEqual(stretchOf(9, 5), [0, 5]);
});

test("many names are cut short", () => {
  assert.equal(listed(["a", "b"]), "a, b");
  assert.equal(listed([..."abcdefghij"]), "a, b, c, d, e, f, g, h and 2 more");
});
