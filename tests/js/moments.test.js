// When something happens in a run: the moments that presses on nodes and edges lead to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOfBundle, momentOfEdge, momentOfNode } from "../../static/js/moments.js";

const RUN = {
  first_step: 0,
  nodes: [],
  passes: [
    { first: 0, last: 4 },
    { first: 4, last: 9 },
  ],
  steps: [
    { phase: "forward", node: "n1" },
    { phase: "seed", node: "n1" },
    { phase: "backward", node: "n1", operand: "n0", slot: 0 },
    { phase: "backward", node: "n1", operand: "n0", slot: 1 },
    { phase: "seed", node: "n1" },
    { phase: "backward", node: "n1", operand: "n0", slot: 0 },
    { phase: "backward", group: "g", first: 6, last: 9, changes: [{ node: "n2", field: "grad" }] },
  ],
};

test("an edge leads to where its own contribution arrived, in the pass on screen", () => {
  assert.equal(momentOfEdge(RUN, "n1", 0, 0), 3);
  assert.equal(momentOfEdge(RUN, "n1", 1, 0), 4);
  assert.equal(momentOfEdge(RUN, "n1", 0, 1), 6);
  assert.equal(momentOfEdge(RUN, "n1", 1, 1), null);
});

test("a node leads to where its gradient is complete, else to where it was computed", () => {
  assert.equal(momentOfNode(RUN, "n0", 0), 4);
  assert.equal(momentOfNode(RUN, "n1", 0), 2);
  const forward = { ...RUN, steps: [RUN.steps[0]], passes: [{ first: 0, last: 1 }] };
  assert.equal(momentOfNode(forward, "n1", 0), 1);
  assert.equal(momentOfNode(RUN, "n7", 0), null);
});

test("what a folded group does is over when its entry is", () => {
  assert.equal(momentOfNode(RUN, "n2", 1), 9);
  assert.equal(momentOfBundle(RUN, "n2", "g", 1), 9);
  assert.equal(momentOfBundle(RUN, "n0", "g", 1), null);
});
