// The address is the state: what is written into it is read back exactly.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fragmentOf, PLAIN_VIEW, placeOf, queryOf, viewOf } from "../../static/js/address.js";

const place = (facts) => ({
  source: "a*b",
  inputs: {},
  step: null,
  direction: null,
  style: "compact",
  open: null,
  constants: "inline",
  fixed: [],
  ...facts,
});
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

test("open groups survive, be it none, some or all of them; null is the server's choice", () => {
  for (const open of [null, [], ["*"], ["x"], ["x", "x#3", "x#3/mlp#0/layer#1", "größe#0"]]) {
    assert.deepEqual(back({ open }).open, open);
  }
  assert.equal(queryOf(place({ open: ["x", "x#3"] })), "?source=a*b&open=x+x%233");
  assert.equal(queryOf(place({ open: [] })), "?source=a*b&open=");
});

test("an input called open is an input", () => {
  const given = back({ inputs: { open: "2" }, open: ["f#0"] });
  assert.deepEqual([Object.entries(given.inputs), given.open], [[["open", "2"]], ["f#0"]]);
});

test("what is held fixed and how constants are drawn survive; blanks in brackets belong to a name", () => {
  const fixed = ["a", "d[two words]", "w[0]"];
  assert.deepEqual(back({ fixed, constants: "nodes" }).fixed, fixed);
  assert.equal(back({ constants: "nodes" }).constants, "nodes");
  assert.doesNotMatch(queryOf(place({})), /fixed|constants/);
  assert.deepEqual({ ...back({ inputs: { fixed: "1", constants: "2" } }).inputs }, { fixed: "1", constants: "2" });
});

test("how one looks at a run survives in the fragment; what is usual is left out", () => {
  assert.equal(fragmentOf(PLAIN_VIEW), "");
  const view = {
    grain: "node",
    sorting: true,
    sort: 5,
    stops: ["n1", "n2"],
    look: "n3",
    labels: true,
    tab: "table",
    spelling: "partials",
    presenting: true,
    lab: "descend",
    settings: { lr: "0.05", csv: "x,y\n1,2" },
  };
  const { settings, ...found } = viewOf(fragmentOf(view));
  assert.deepEqual({ ...found, settings: { ...settings } }, view);
  assert.deepEqual(viewOf(""), PLAIN_VIEW);
  assert.equal(fragmentOf({ ...PLAIN_VIEW, settings: { lr: "1" } }), "");
});

test("a fragment that says nothing of ours is the usual view", () => {
  for (const fragment of ["#canvas", "#by=mile&sort=-1&tab=", "#%E0%A4%A"]) {
    const { sorting, sort, ...rest } = viewOf(fragment);
    assert.deepEqual({ ...rest, sort }, { ...rest, sort: 0 });
    assert.equal(rest.grain, "edge");
    assert.equal(rest.tab, "steps");
  }
});
