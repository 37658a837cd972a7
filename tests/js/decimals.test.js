// Numbers as somebody writes them: no digit comes from a double.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nudged, numberAt, plus, readingOf } from "../../static/js/decimals.js";
import { rangeFor } from "../../static/js/sliders.js";

test("steps add up exactly", () => {
  assert.equal(plus("0.1", "0.2"), "0.3");
  assert.equal(plus("2.0", "0.1"), "2.1");
  assert.equal(plus("2", "0.1", -30), "-1.0");
  assert.equal(plus("-0.1", "0.1"), "0.0");
  assert.equal(plus("1e-3", "0.001"), "0.002");
  assert.equal(plus("1e3", "5"), "1005.0");
  assert.equal(plus("nan", "0.1"), null);
});

test("a nudge raises the last digit that is written", () => {
  assert.equal(nudged("2.0", 1), "2.1");
  assert.equal(nudged("3", -1), "2");
  assert.equal(nudged("-0.05", 1), "-0.04");
  assert.equal(nudged("0.9", 1), "1.0");
  assert.equal(nudged("1.5e-3", 1), "1.6e-3");
  assert.equal(nudged("0", -1), "-1");
  assert.equal(nudged("x", 1), null);
});

test("the number at the cursor is found with its sign", () => {
  const at = (line, offset) => {
    const place = numberAt(line, offset);
    return place && line.slice(place.from, place.to);
  };
  assert.equal(at("a = 2.0", 4), "2.0");
  assert.equal(at("a = 2.0", 7), "2.0");
  assert.equal(at("a = 2.0", 2), null);
  assert.equal(at("a = -2.0", 6), "-2.0");
  assert.equal(at("y = b - 2", 9), "2");
  assert.equal(at("f(a, -1)", 7), "-1");
  assert.equal(at("w1 + 3", 2), null);
  assert.equal(at("# 2.0", 3), null);
  assert.equal(at("print('2.0')", 8), null);
});

test("a slider has round bounds and a round step, and holds its value", () => {
  assert.deepEqual(rangeFor(2, null), { reach: 10, step: "0.1" });
  assert.deepEqual(rangeFor(0, null), { reach: 10, step: "0.1" });
  assert.deepEqual(rangeFor(12, null), { reach: 20, step: "0.2" });
  assert.deepEqual(rangeFor(0.001, null), { reach: 0.002, step: "0.00002" });
  for (const value of [1e-9, 0.03, 37, -1234, 5e6, 1.2e300]) {
    const { reach, step } = rangeFor(value, null);
    assert.ok(reach >= Math.abs(value) && reach <= 21 * Math.abs(value), String(value));
    assert.ok(Math.abs(Number(step) * 100 - reach) <= 1e-9 * reach, `${value}: ${step}`);
  }
});

test("a range stays as long as it holds the value, and grows if it does not", () => {
  const range = rangeFor(2, null);
  assert.equal(rangeFor(-9.9, range), range);
  assert.deepEqual(rangeFor(40, range), { reach: 100, step: "1" });
});

test("a field takes decimals with a point or one comma, and inf and nan", () => {
  const numbers = ["0,5", "-1,25e3", " 3 ", "−2", "1.", "inf", "nan"].map((text) => readingOf(text).number);
  assert.deepEqual(numbers, ["0.5", "-1.25e3", "3", "-2", "1.", "inf", "nan"]);
});

test("a field says what is wrong with what is no number", () => {
  for (const text of ["", "abc", "0,", ",5", "1,000,000", "1e", "-", "2 3"]) {
    assert.deepEqual(readingOf(text), { number: null, mistake: "a number, please: 0.5" }, text);
  }
  assert.equal(readingOf("1e400").mistake, "too large for a double; write inf");
  assert.equal(readingOf("-1e400").mistake, "too large for a double; write -inf");
});
