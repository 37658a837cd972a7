// Typed numbers and places in texts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { numberOf } from "../../static/js/api.js";
import { KEYS } from "../../static/js/keys.js";
import { offsetOf, rangeOf } from "../../static/js/positions.js";

test("numbers are read as people type them", () => {
  const typed = {
    2: 2,
    " -3.5 ": -3.5,
    "−1": -1,
    "1e-7": 1e-7,
    ".5": 0.5,
    "5.": 5,
    "+4": 4,
    inf: "Infinity",
    "-inf": "-Infinity",
    NaN: "NaN",
  };
  for (const [text, value] of Object.entries(typed)) assert.equal(numberOf(text), value, text);
});

test("what is no number is none", () => {
  for (const text of ["", "-", "1e", "0x10", "1_000", "2,5", "abc", "1e999", "--1", "1 2"])
    assert.equal(numberOf(text), null, text);
});

test("columns count code points, offsets count UTF-16 units", () => {
  assert.equal(offsetOf("🙂 = x", 2), 3);
  assert.equal(offsetOf("ab", 9), 2);
});

test("a span is cut to its text", () => {
  const text = "a = 1\n🙂 = a + b";
  const cut = (line, column, end_line, end_column) =>
    text.slice(...rangeOf(text, { line, column, end_line, end_column }));
  assert.equal(cut(2, 0, 2, 1), "🙂");
  assert.equal(cut(2, 4, 2, 9), "a + b");
  assert.equal(cut(1, 4, 2, 1), "1\n🙂");
  assert.equal(cut(7, 0, 9, 9), text.split("\n")[1]);
  assert.equal(cut(2, 5, 2, 1), "");
});

test("no key means two things, and each says what it does", () => {
  assert.equal(new Set(KEYS.map(({ shown }) => shown)).size, KEYS.length);
  for (const { shown, about } of KEYS) assert.ok(shown && about);
});
