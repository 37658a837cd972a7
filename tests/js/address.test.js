// The address is the state: what is written into it is read back exactly.
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf, queryOf } from "../../static/js/address.js";

const place = (facts) => ({ source: "a*b", inputs: {}, step: null, direction: null, style: "compact", ...facts });
const back = (facts) => placeOf(queryOf(place(facts)));

test("programs survive, whatever is in them", () => {
  for (const source of [
    "relu(a*b + d)",
    "a = 'x&y=1#?%20'\nb = a",
    "é = ü ** 2  # 日本 🙂",
    "",
    "  spaces  ",
    "a+b",
    "<b>",
  ]) {
    assert.equal(back({ source }).source, source);
  }
});

test("inputs survive, also those called like a parameter or like what every object has", () => {
  const inputs = { a: "2", step: "-3.5", source: "1e-7", constructor: "1", "x@2": "inf", é: "nan" };
  assert.deepEqual({ ...back({ inputs }).inputs }, { ...inputs });
});

test("an input called __proto__ is an input", () => {
  const inputs = Object.fromEntries([["__proto__", "4"]]);
  assert.deepEqual(Object.entries(back({ inputs }).inputs), [["__proto__", "4"]]);
});

test("step, direction and style survive; what is usual is left out", () => {
  const { step, direction, style } = back({ step: 7, direction: "TB", style: "micrograd" });
  assert.deepEqual({ step, direction, style }, { step: 7, direction: "TB", style: "micrograd" });
  assert.equal(queryOf(place({})), "?source=a*b");
  assert.equal(back({ step: 0 }).step, 0);
});

test("one can read a program in its address", () => {
  assert.equal(queryOf(place({ source: "relu(a*b, d)", inputs: { a: "2" } })), "?source=relu(a*b,+d)&a=2");
});

test("an address without a program tells of no place, and nonsense in options is passed over", () => {
  assert.equal(placeOf("?step=3"), null);
  const { step, direction, style } = placeOf("?source=x&step=-1&direction=up&style=loud");
  assert.deepEqual({ step, direction, style }, { step: null, direction: null, style: "compact" });
});
