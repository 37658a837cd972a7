// What one takes away: addresses, snippets and calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../static/js/address.js";
import { LONGEST, placeIn, takeaways } from "../../static/js/sharing.js";

const HOST = "http://host";
const state = (facts = {}) => ({
  source: "f = a*b",
  inputs: { a: "2" },
  step: 3,
  direction: null,
  narrow: false,
  style: "compact",
  constants: "inline",
  open: null,
  fixed: [],
  stops: [],
  grain: "edge",
  run: {
    source: "f = a*b",
    variables: { a: "n0", b: "n1", f: "n2" },
    nodes: [
      { name: "a", adjustable: true },
      { name: "b", adjustable: true },
      { name: "f", adjustable: false },
    ],
    node_count: 3,
    output: { name: "f", shown: { data: ["4", "4.0", "="] } },
  },
  ...facts,
});
const texts = (given, isMoment = true) =>
  Object.fromEntries(takeaways(given, HOST, isMoment).texts.map(({ label, text }) => [label, text]));

test("a link leads to the moment, or to the end", () => {
  assert.equal(texts(state()).Link, "http://host/?source=f+=+a*b&a=2&step=3");
  assert.equal(texts(state(), false).Link, "http://host/?source=f+=+a*b&a=2");
});

test("an image in Markdown has the result for its name, and no round bracket ends its address", () => {
  const text = texts(state({ source: "f = (a)*b", run: null }))["Markdown image"];
  const [, name, image, page] = text.match(/^\[!\[(.*)\]\(([^()]*)\)\]\(([^()]*)\)$/);
  assert.equal(name, "f = (a)\\*b");
  assert.equal(placeOf(new URL(image).search).source, "f = (a)*b");
  assert.equal(placeOf(new URL(page).search).source, "f = (a)*b");
  assert.match(texts(state())["Markdown image"], /^\[!\[f = 4\]\(http:\/\/host\/graph.svg\?/);
});

test("a frame is markup, whatever the program is", () => {
  const text = texts(state({ source: 'f = "<x>" & 1', run: null }))["HTML frame"];
  assert.match(text, /^<iframe src="http:\/\/host\/embed\?[^"<>]*" title="[^"]*" [^<>]*><\/iframe>$/);
  assert.ok(text.includes("&amp;"));
});

test("a call is one word of a shell, whatever the program is", () => {
  const text = texts(state({ source: "a = Value(2.0, label='a')", inputs: { a: "-inf" }, run: null }))["API call"];
  const word = text.slice(text.indexOf("-d '") + 4, -1).replaceAll("'\\''", "'");
  assert.deepEqual(JSON.parse(word), { source: "a = Value(2.0, label='a')", inputs: { a: "-Infinity" }, step: 3 });
});

test("files have the looks of the picture on screen", () => {
  const { files } = takeaways(state({ narrow: true }), HOST, true);
  assert.deepEqual(
    files.map(({ name }) => name),
    ["graph.svg", "graph.png", "graph.pdf", "graph.dot", "graph.json"],
  );
  assert.match(files[0].address, /^\/graph.svg\?source=.*&direction=TB&step=3$/);
});

test("a program that is longer than an address may be has a call, and no broken link", () => {
  const { isLong, texts: rows, files } = takeaways(state({ source: `f = a # ${"x".repeat(LONGEST)}` }), HOST, true);
  assert.deepEqual([isLong, rows.map(({ label }) => label), files], [true, ["API call"], []]);
});

test("what the program on screen computes or does not have stays out of the address", () => {
  const given = state({ inputs: { a: "2", f: "3", old: "1" }, fixed: ["b", "f", "gone"] });
  const place = placeIn(given);
  assert.deepEqual([Object.entries(place.inputs), place.fixed], [[["a", "2"]], ["b"]]);
  assert.deepEqual(Object.keys(given.inputs), ["a", "f", "old"]);
});

test("while the program is another than the one that ran, or not all of it is at hand, inputs stay", () => {
  const inputs = { a: "2", old: "1" };
  assert.equal(placeIn(state({ inputs, source: "f = a*" })).inputs, inputs);
  const part = { ...state().run, node_count: 9 };
  assert.equal(placeIn(state({ inputs, run: part })).inputs, inputs);
});
