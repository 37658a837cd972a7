// Places in a text: offsets of spans, edits, and the middle in which two texts differ.
import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, edited, rangeOf, rangesIn } from "../../static/js/positions.js";

const span = (line, column, end_line, end_column) => ({ line, column, end_line, end_column });
const changed = (before, after) => {
  const { from, to, insert } = difference(before, after);
  return before.slice(0, from) + insert + before.slice(to);
};

test("columns count code points, offsets UTF-16", () => {
  assert.deepEqual(rangeOf("# 😀\n𝑎 = 2", span(2, 0, 2, 1)), [5, 7]);
  assert.deepEqual(rangesIn("ab\ncd")(span(2, 1, 2, 9)), [4, 5]);
});

test("edits speak of the text before all of them", () => {
  const edits = [
    { ...span(1, 4, 1, 8), text: "tanh" },
    { ...span(2, 0, 2, 0), text: "y." },
  ];
  assert.equal(edited("z = tnah(😀)\nbackward()", edits), "z = tanh(😀)\ny.backward()");
  assert.equal(edited("z = tnah(😀)\nbackward()", edits.toReversed()), "z = tanh(😀)\ny.backward()");
});

test("only the middle that differs is changed", () => {
  assert.deepEqual(difference("a = 2\nb = 3", "a = 25\nb = 3"), { from: 5, to: 5, insert: "5" });
  assert.deepEqual(difference("aaa", "aa"), { from: 2, to: 3, insert: "" });
  assert.deepEqual(difference("x", "x"), { from: 1, to: 1, insert: "" });
  assert.deepEqual(difference("", "x"), { from: 0, to: 0, insert: "x" });
});

test("a change never parts the halves of a character", () => {
  for (const [before, after] of [
    ["😀", "😁"],
    ["a😀b", "a😁b"],
    ["😀", ""],
    ["\u{1f600}", "\u{1fa00}"],
    ["\u{10400}", "\u{10800}"],
  ]) {
    const { from, to } = difference(before, after);
    assert.equal(changed(before, after), after);
    for (const cut of [from, to]) assert.ok(!/[\ud800-\udbff]$/.test(before.slice(0, cut)), `${before} ${cut}`);
  }
});
