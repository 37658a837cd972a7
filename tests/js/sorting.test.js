// The topological sort: its events, what it holds, and the places that it has in a walk.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allStretches, passOf, rulerOf, stretchAt, stretchesOf } from "../../static/js/ruler.js";
import {
  comparedWithWalk,
  heldAfter,
  sortAt,
  sortBack,
  sortOnward,
  sortsOf,
  toldOf,
  visit,
} from "../../static/js/sorting.js";
import { LISTING, randomOperands, runOf } from "./graphs.js";

/** The textbook's recursion, with a word at each turn. */
function buildTopo(operands, root) {
  const [said, visited, topo] = [[], new Set(), []];
  const build = (v) => {
    if (visited.has(v)) return said.push(`seen n${v}`);
    said.push(`visit n${v}`);
    visited.add(v);
    for (const child of operands[v]) build(child);
    topo.push(`n${v}`);
    return said.push(`append n${v}`);
  };
  build(root);
  return { said, topo, visited: [...visited].map((k) => `n${k}`) };
}

const graphs = Array.from({ length: 60 }, (_, seed) => randomOperands(seed + 1, 4 + (seed % 20)));

test("the events are those of a recursive build_topo", () => {
  for (const operands of graphs) {
    const root = operands.length - 1;
    const expected = buildTopo(operands, root);
    const events = visit(runOf(operands), `n${root}`);
    assert.deepEqual(
      events.map(({ kind, node }) => `${kind} ${node}`),
      expected.said,
    );
    const { topo, visited, calls } = heldAfter(events, events.length);
    assert.deepEqual([topo, visited, calls], [expected.topo, expected.visited, []]);
  }
});

test("the list is topological: each node stands after its operands", () => {
  for (const operands of graphs) {
    const { topo } = heldAfter(visit(runOf(operands), `n${operands.length - 1}`), Number.POSITIVE_INFINITY);
    for (const id of topo) {
      for (const operand of operands[Number(id.slice(1))]) {
        assert.ok(topo.indexOf(`n${operand}`) < topo.indexOf(id));
      }
    }
  }
});

test("calls under way lead from the output to the node of the event", () => {
  const events = visit(LISTING(), "n3");
  assert.deepEqual(heldAfter(events, 3), { visited: ["n3", "n2", "n0"], topo: [], calls: ["n3", "n2", "n0"] });
  assert.deepEqual(heldAfter(events, 4).calls, ["n3", "n2"]);
});

test("a sort stands just before its seed and nowhere else", () => {
  const run = LISTING();
  assert.deepEqual(
    Array.from({ length: run.step_count + 1 }, (_, cursor) => sortAt(run, cursor)?.length ?? 0),
    [0, 0, 9, 0, 0, 0, 0, 0],
  );
  assert.deepEqual(sortsOf(run), [{ at: 2, count: 9 }]);
  assert.equal(sortAt(null, 0), null);
});

test("a node that is not at hand ends the offer of a sort", () => {
  const run = LISTING();
  run.nodes[0].group = "g";
  assert.equal(sortAt(run, 2), null);
  assert.deepEqual(sortsOf(run), []);
});

test("a graph of a few thousand nodes has no sort to follow, and takes no recursion", () => {
  const chain = (count) => Array.from({ length: count }, (_, k) => (k ? [k - 1] : []));
  assert.equal(visit(runOf(chain(1900)), "n1899").length, 3800);
  assert.equal(visit(runOf(chain(2500)), "n2499"), null);
});

test("going back undoes going on, at each grain", () => {
  const events = visit(LISTING(), "n3");
  for (const grain of ["edge", "node", "phase"]) {
    const places = [0];
    while (places.at(-1) < events.length) places.push(sortOnward(events, places.at(-1), grain));
    for (let k = places.length - 1; k > 0; k--) assert.equal(sortBack(events, places[k], grain), places[k - 1]);
  }
});

test("each event is told in words", () => {
  const run = LISTING();
  const events = visit(run, "n3");
  assert.deepEqual(toldOf(run, events, 1), {
    code: "visited.add(d)",
    sentence: "build_topo(d): d is new, so it joins the visited set; next come its operands c and a.",
  });
  assert.match(toldOf(run, events, 8).sentence, /^a is in the visited set already: nothing to do\./);
  assert.equal(toldOf(run, events, 7).sentence, "All operands of c are in the list, so c joins it: place 3.");
  assert.equal(toldOf(run, events, 4).sentence, "a has no operands to wait for, so it joins the list: place 1.");
});

test("the list is compared with the order in which this walk goes", () => {
  const run = LISTING();
  assert.match(comparedWithWalk(run, visit(run, "n3"), 2), /in the order in which this walk goes: d, c\.$/);
  const other = runOf([[], [0], [0], [2, 1]]); // n2 is visited first, though n1 was computed before it
  assert.match(
    comparedWithWalk(other, visit(other, "n3"), 3),
    /This walk goes otherwise: n3, n2, n1\. Both are topological/,
  );
});

test("positions of the scrubber and moments are each other's inverse", () => {
  for (const operands of graphs) {
    for (const sorting of [false, true]) {
      const run = runOf(operands);
      const { lowest, highest, positionOf, momentOf } = rulerOf(run, sorting);
      assert.equal(highest - lowest, run.step_count + (sorting ? (sortsOf(run)[0]?.count ?? 0) : 0));
      for (let position = lowest; position <= highest; position++) {
        assert.equal(positionOf(momentOf(position)), position);
      }
    }
  }
});

test("the sort is a phase of its own between forward and seed", () => {
  const run = LISTING();
  const phases = (sorting) => allStretches(run, sorting).map(({ phase, length }) => `${phase} ${length}`);
  assert.deepEqual(phases(false), ["forward 2", "seed 1", "backward 4"]);
  assert.deepEqual(phases(true), ["forward 2", "sort 9", "seed 1", "backward 4"]);
  const marks = stretchesOf(run, true, 0);
  assert.deepEqual(marks[2], { phase: "seed", step: 2, sort: 9, length: 1, pass: 0 });
  const at = (step, sort) => marks[stretchAt(marks, { step, sort })].phase;
  assert.deepEqual(
    [at(0, 0), at(2, 0), at(2, 1), at(2, 9), at(3, 0), at(4, 0)],
    ["forward", "forward", "sort", "sort", "seed", "backward"],
  );
});

test("updates after a backward pass belong to that pass", () => {
  const phases = ["forward", "seed", "backward", "update", "update", "forward", "update", "seed", "backward", "update"];
  const run = {
    steps: phases.map((phase) => ({ phase, node: "n0" })),
    first_step: 0,
    step_count: 10,
    passes: [
      { output: "n0", order: null, first: 0, last: 3, scope: "" },
      { output: "n0", order: null, first: 3, last: 9, scope: "" },
    ],
  };
  const named = (pass) => stretchesOf(run, false, pass).map(({ phase, length }) => `${phase} ${length}`);
  assert.deepEqual(named(0), ["forward 1", "seed 1", "backward 1", "update 2"]);
  assert.deepEqual(named(1), ["forward 1", "update 1", "seed 1", "backward 1", "update 1"]);
  assert.deepEqual(
    [3, 4, 5, 6, 10].map((step) => passOf(run, false, { step, sort: 0 })),
    [0, 0, 0, 1, 1],
  );
});
