// Every way in which the state of the page can change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore, cursorOf, directionOf, entryOf, isElsewhere, reduce, sortOf } from "../../static/js/store.js";
import { LISTING, stateOf } from "./graphs.js";

const steps = (count) => Array.from({ length: count }, () => ({ phase: "forward", node: "n0", shown: {} }));
const run = (count) => ({
  nodes: [],
  steps: steps(count),
  first_step: 0,
  step_count: count,
  passes: [],
  svg: "<svg/>",
});
const initial = {
  source: "x",
  inputs: {},
  step: null,
  direction: null,
  style: "compact",
  run: run(3),
  problem: null,
  pictures: { [-1]: "<svg/>" },
  stale: false,
  playing: false,
  speed: 1,
  forward: false,
  initial: 0,
  literals: {},
  narrow: false,
  open: null,
  folding: null,
  texts: {},
  fixed: [],
  constants: "inline",
  grain: "edge",
  sorting: false,
  sort: 0,
  stops: [],
  marked: [],
  past: [],
  future: [],
  edit: null,
};
const after = (state, ...actions) => actions.reduce(reduce, state);
const to = (where) => ({ type: "walk", to: where });

test("at rest all steps are done, and the first press of forward begins the walk", () => {
  assert.equal(cursorOf(initial), 3);
  assert.equal(after(initial, to("next")).step, 1);
  assert.equal(after(initial, to("back")).step, 2);
});

test("a walk stays within its steps", () => {
  assert.equal(after(initial, to("first"), to("back")).step, 0);
  assert.equal(after(initial, to("last"), to("next")).step, 3);
  assert.equal(after({ ...initial, run: run(0) }, to("next")).step, 0);
});

test("a jump leads to the step it names", () => {
  assert.equal(after(initial, to(2)).step, 2);
});

test("only one step on is a step that a number runs along", () => {
  assert.equal(after(initial, to(1), to("next")).forward, true);
  assert.equal(after(initial, to(1), to("back")).forward, false);
  assert.equal(after(initial, to(1), to(3)).forward, false);
});

test("playing ends at the last step, and begins anew from there", () => {
  const playing = after(initial, { type: "play" });
  assert.deepEqual([playing.playing, playing.step], [true, 0]);
  assert.equal(after(playing, to("tick"), to("tick")).playing, true);
  assert.equal(after(playing, to("tick"), to("tick"), to("tick")).playing, false);
  assert.equal(after(playing, { type: "play" }).playing, false);
  assert.equal(after(playing, to("next")).playing, false, "whoever steps does not play");
});

test("a mistake keeps the last run and says that it is old; a run clears the mistake", () => {
  const problem = { detail: "no", errors: [] };
  const failed = after(initial, to(2), { type: "failed", problem });
  assert.deepEqual([failed.run, failed.stale, failed.problem, failed.step], [initial.run, true, problem, 2]);
  const ran = after(failed, { type: "ran", run: run(3), picture: true });
  assert.deepEqual([ran.stale, ran.problem, ran.step], [false, null, 2]);
});

test("new numbers keep the step, and so does another program, as far as it has steps", () => {
  const walking = after(initial, to(2));
  assert.equal(after(walking, { type: "ran", run: run(3), picture: false }).step, 2);
  assert.equal(after(walking, { type: "ran", run: run(8), picture: true }).step, 2);
  assert.equal(after(walking, { type: "ran", run: run(1), picture: true }).step, 1);
  assert.equal(after(initial, { type: "ran", run: run(8), picture: true }).step, null);
});

test("half of a program, while somebody types, does not hold back who was at the end", () => {
  const end = { ...initial, step: 3 };
  const [less, more] = [1, 8].map((count) => ({ type: "ran", run: run(count), picture: true }));
  assert.equal(after(end, less).step, 1);
  assert.equal(after(end, less, more).step, 8);
  assert.equal(after({ ...end, step: 2 }, more, less).step, 1);
});

test("pictures stay where only numbers changed", () => {
  const fitting = after(initial, { type: "ran", run: { ...run(3), svg: undefined }, picture: false });
  assert.deepEqual(fitting.pictures, initial.pictures);
  assert.deepEqual(after(initial, { type: "ran", run: { ...run(3), svg: null }, picture: true }).pictures, {});
});

test("a picture belongs to the last pass, whichever is on screen", () => {
  const passes = [
    { first: 0, last: 1 },
    { first: 1, last: 3 },
  ];
  const two = { ...run(3), passes };
  const shown = after({ ...initial, step: 1, run: two }, { type: "ran", run: two, picture: true });
  assert.deepEqual([shown.step, shown.pictures], [1, { 1: "<svg/>" }]);
});

test("an input can be given and taken back", () => {
  const given = after(initial, { type: "input", name: "__proto__", text: "2" });
  assert.deepEqual(Object.entries(given.inputs), [["__proto__", "2"]]);
  assert.deepEqual(Object.entries(after(given, { type: "input", name: "__proto__", text: null }).inputs), []);
});

test("a number typed for a leaf wins over an input that was set before", () => {
  const leaf = (literal) => ({ ...run(3), nodes: [{ id: "n0", name: "a", adjustable: true, literal }] });
  const ran = (literal) => ({ type: "ran", run: leaf(literal), picture: true });
  const dragged = after(initial, ran("2.0"), { type: "input", name: "a", text: "5" }, ran("2.0"));
  assert.deepEqual(Object.entries(dragged.inputs), [["a", "5"]]);
  assert.deepEqual(Object.entries(after(dragged, ran("2.0")).inputs), [["a", "5"]], "other lines may change");
  const typed = after(dragged, ran("7.0"));
  assert.deepEqual(Object.entries(typed.inputs), []);
  const again = after(typed, { type: "input", name: "a", text: "8" }, ran("7.0"));
  assert.deepEqual(Object.entries(again.inputs), [["a", "8"]]);
});

test("an input keeps its value while its name is gone", () => {
  const given = after(initial, { type: "input", name: "a", text: "5" }, { type: "ran", run: run(3), picture: true });
  assert.deepEqual(Object.entries(given.inputs), [["a", "5"]]);
});

test("pictures lead down on a phone, unless somebody chose", () => {
  assert.equal(directionOf(initial), "LR");
  assert.equal(directionOf({ ...initial, narrow: true }), "TB");
  assert.equal(directionOf({ ...initial, narrow: true, direction: "LR" }), "LR");
});

/** Steps 11 to 14 of 20: the second of two passes and what follows it. */
const part = {
  ...run(4),
  first_step: 10,
  step_count: 20,
  passes: [
    { output: "n0", first: 0, last: 10 },
    { output: "n1", first: 10, last: 14 },
  ],
};
const long = { ...initial, run: part, step: 12 };

test("a walk leaves the part of a long run at hand, and waits there", () => {
  const on = after(long, to(14), to("next"));
  assert.equal(on.step, 15);
  assert.equal(cursorOf(on), 14);
  assert.equal(isElsewhere(on), true);
  assert.equal(isElsewhere(long), false);
  assert.deepEqual([after(long, to("first")).step, after(long, to("last")).step], [0, 20]); // of the whole run
  assert.equal(after(long, to(99)).step, 20);
});

test("another part of the run keeps the moment, and adds its picture to those that are there", () => {
  const first = { ...part, ...run(10), first_step: 0, step_count: 20, passes: part.passes, svg: "<svg>first</svg>" };
  const turned = after({ ...long, step: 7, pictures: { 1: "<svg/>" } }, { type: "turned", run: first });
  assert.equal(cursorOf(turned), 7);
  assert.deepEqual(turned.pictures, { 0: "<svg>first</svg>", 1: "<svg/>" });
});

test("the walk of a long run begins where the part at hand begins", () => {
  assert.equal(after({ ...long, step: null }, to("next")).step, 11);
  assert.equal(after({ ...long, step: 20 }, { type: "play" }).playing, true);
});

/** Steps 11 to 71 of 80: one, then fifty inside a folded group, then ten more. */
const folded = {
  ...part,
  steps: [...steps(1), { phase: "backward", group: "x", first: 11, last: 61, changes: [] }, ...steps(10)],
  groups: [
    { key: "m", open: true },
    { key: "x", open: false },
    { key: "m/y", open: true },
  ],
  step_count: 80,
  passes: [],
};
const walking = { ...initial, run: folded, step: 11 };
const fold = (key, open, from) => ({ type: "fold", key, open, from });
const ran = (run, picture = true) => ({ type: "ran", run, picture });

test("a walk passes over a folded entry in one go, both ways", () => {
  assert.equal(after(walking, to("next")).step, 61);
  assert.equal(after(walking, to("next"), to("next")).step, 62);
  assert.equal(after(walking, to("next"), to("back")).step, 11);
  assert.equal(after(walking, to("next")).forward, true);
  const inside = after(walking, to(40));
  assert.equal(cursorOf(inside), 61);
  assert.equal(isElsewhere(inside), false);
  assert.equal(after(inside, to("next")).step, 62);
  assert.equal(after(inside, to("back")).step, 11);
});

test("playing passes over a folded entry and ends behind the last", () => {
  let state = after({ ...walking, run: { ...folded, step_count: 71 } }, { type: "play" });
  for (let k = 0; k < 11; k++) state = after(state, to("tick"));
  assert.deepEqual([state.step, state.playing], [71, false]);
});

test("the first press makes a list of what is open on screen, with one more or less", () => {
  const opened = after(walking, fold("x", true));
  assert.deepEqual([opened.open, opened.step], [["m", "m/y", "x"], 11]);
  assert.deepEqual(opened.folding, { key: "x", open: true, from: null });
  assert.deepEqual(after(walking, fold("m/y", false)).open, ["m"]);
});

test("a second press, before the answer to the first, adds to it", () => {
  assert.deepEqual(after(walking, fold("x", true), fold("m", false)).open, ["m/y", "x"]);
});

test("all can be opened and folded at once", () => {
  const all = after(walking, { type: "fold-all", open: true });
  assert.deepEqual(all.open, ["*"]);
  assert.deepEqual(after(walking, { type: "fold-all", open: false }).open, []);
  assert.deepEqual(after(all, fold("m", false)).open, ["m/y"], "what is on screen, until the answer is there");
});

test("a group that was opened keeps the cursor, or lets the walk go on at its first step", () => {
  const single = { ...folded, steps: steps(61) };
  assert.equal(after(walking, to("next"), fold("x", true), ran(single)).step, 61);
  const on = after(walking, to("next"), fold("x", true, 11), ran(single));
  assert.deepEqual([on.step, on.folding, cursorOf(on)], [12, null, 12]);
  const walked = after(walking, to("next"), fold("x", true, 11), to("next"), ran(single));
  assert.equal(walked.step, 62, "whoever walks meanwhile goes where they went");
});

test("examples and places begin as the server chooses, typing keeps what is open", () => {
  const opened = after(walking, fold("x", true));
  assert.deepEqual(after(opened, { type: "typed", source: "y" }).open, ["m", "m/y", "x"]);
  const place = { source: "z", inputs: {}, step: null, direction: null, style: "compact", open: null };
  const other = after(opened, { type: "open", place });
  assert.deepEqual([other.open, other.folding], [null, null]);
});

test("a failure ends the wait for a group", () => {
  assert.equal(after(walking, fold("x", true), { type: "failed", problem: { detail: "", errors: [] } }).folding, null);
});

test("texts belong to the run that they tell of", () => {
  const told = after(walking, { type: "told", run: folded, texts: { 11: { phase: "forward", text: "a = 1" } } });
  assert.equal(entryOf(told).text, "a = 1");
  assert.equal(entryOf(after(told, to("next"))).group, "x");
  assert.deepEqual(after(told, ran({ ...folded }, false)).texts, {});
  const late = { type: "told", run: { ...folded }, texts: { 11: { phase: "forward", text: "b" } } };
  assert.equal(entryOf(after(told, late)).text, "a = 1");
});

test("listeners hear of changes with the state before", () => {
  const store = createStore(initial);
  const heard = [];
  store.subscribe((state, before) => heard.push([before.step, state.step]));
  store.dispatch(to("next"));
  store.dispatch(to("next"));
  assert.deepEqual(heard, [
    [null, 1],
    [1, 2],
  ]);
});

// -- grains, stops, the sort ------------------------------------------------------------------------------------------

const plain = stateOf(LISTING(), { step: 0 });
const visitedBy = (state, way, most = 30) => {
  const places = [];
  for (let now = state; places.length < most; ) {
    const next = reduce(now, to(way));
    if (next.step === now.step && next.sort === now.sort) break;
    places.push(next.sort ? `${next.step}+${next.sort}` : next.step);
    now = next;
  }
  return places;
};

test("a walk goes by contribution, by node or by phase, and back the same way", () => {
  assert.deepEqual(visitedBy(plain, "next"), [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(visitedBy({ ...plain, grain: "node" }, "next"), [1, 2, 3, 5, 7]);
  assert.deepEqual(visitedBy({ ...plain, grain: "phase" }, "next"), [2, 3, 7]);
  assert.deepEqual(visitedBy({ ...plain, grain: "node", step: 7 }, "back"), [5, 3, 2, 1, 0]);
  assert.deepEqual(visitedBy({ ...plain, grain: "phase", step: 7 }, "back"), [3, 2, 0]);
});

test("finishing a phase does not hang on the grain", () => {
  assert.deepEqual(visitedBy(plain, "finish"), [2, 3, 7]);
});

test("a walk through the sort keeps the step and counts events, both ways", () => {
  const sorting = { ...plain, sorting: true, step: 1 };
  const events = Array.from({ length: 9 }, (_, k) => `2+${k + 1}`);
  assert.deepEqual(visitedBy(sorting, "next").slice(0, 12), [2, ...events, 3, 4]);
  assert.deepEqual(visitedBy({ ...sorting, step: 3 }, "back").slice(0, 11), [...events.toReversed(), 2, 1]);
  assert.deepEqual(visitedBy({ ...sorting, step: 0 }, "finish"), [2, "2+9", 3, 7]);
  assert.deepEqual(visitedBy({ ...sorting, grain: "node" }, "next").slice(0, 5), [2, "2+4", "2+6", "2+7", "2+9"]);
  assert.deepEqual(visitedBy({ ...sorting, step: 2, sort: 4 }, "first"), [0]);
});

test("a jump leads into the sort; whoever steps there does not play on", () => {
  const inside = after({ ...plain, sorting: true }, { type: "walk", to: 2, sort: 4 });
  assert.deepEqual([inside.step, sortOf(inside).done], [2, 4]);
  assert.equal(after({ ...inside, playing: true }, to("tick")).playing, true);
  assert.equal(after({ ...inside, playing: true }, to("next")).playing, false);
  assert.equal(sortOf({ ...inside, sort: 99 }).done, 9);
  assert.equal(sortOf({ ...inside, sorting: false }), null);
  assert.equal(sortOf({ ...inside, step: null }), null);
});

test("new numbers keep the place in the sort", () => {
  const inside = { ...plain, sorting: true, step: 2, sort: 5, pictures: {}, literals: {} };
  const ran = after(inside, { type: "ran", run: LISTING(), picture: false });
  assert.deepEqual([ran.step, sortOf(ran).done], [2, 5]);
});

test("playing pauses where a node with a stop changes, at any grain", () => {
  for (const grain of ["edge", "node", "phase"]) {
    let state = { ...plain, grain, stops: ["n0"], playing: true };
    for (let k = 0; k < 20 && state.playing; k++) state = reduce(state, to("tick"));
    assert.deepEqual([state.step, state.playing], [5, false]);
  }
});

// -- what one undoes, holds, and stops at -----------------------------------------------------------------------------

const typed = (source) => ({ type: "typed", source });

test("what is typed in one go is undone in one go, and redone", () => {
  const times = [0, 100, 200, 5000];
  const state = ["a", "ab", "abc", "abcd"].reduce((now, text, k) => reduce(now, typed(text), times[k]), initial);
  const undone = after(state, { type: "undo" });
  assert.equal(undone.source, "abc");
  assert.equal(after(undone, { type: "undo" }).source, "x");
  assert.equal(after(undone, { type: "undo" }, { type: "undo" }).source, "x", "there is nothing before the beginning");
  assert.equal(after(undone, { type: "redo" }).source, "abcd");
  assert.deepEqual(after(undone, typed("new")).future, [], "whoever types anew has nothing to redo");
});

test("a leaf is held once, and let go", () => {
  const lock = (name, fixed) => ({ type: "lock", name, fixed });
  const held = after(initial, lock("a", true), lock("b", true), lock("a", true));
  assert.deepEqual(held.fixed, ["b", "a"]);
  assert.deepEqual(after(held, lock("a", false)).fixed, ["b"]);
  assert.deepEqual(after(held, { type: "undo" }).fixed, ["a", "b"]);
});

test("a stop is set and taken back, and a view changes what it names", () => {
  const stop = { type: "stop", node: "n1" };
  assert.deepEqual([after(initial, stop).stops, after(initial, stop, stop).stops], [["n1"], []]);
  const seen = after(initial, { type: "view", view: { tab: "table", look: "n1" } });
  assert.deepEqual([seen.tab, seen.look, seen.grain], ["table", "n1", "edge"]);
});
