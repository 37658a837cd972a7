// The algorithm and the ledger beside a walk: active lines, variables, what a gradient went through.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LISTINGS, momentOf } from "../../static/js/algorithm.js";
import { ledgerOf, receiverOf } from "../../static/js/ledger.js";
import { LISTING, stateOf } from "./graphs.js";

const at = (step, changes = {}) => momentOf(stateOf(LISTING(), { step, ...changes }));
const heldBy = ({ variables }, name) => Object.fromEntries(variables)[name];
const activeOf = ({ line }, spelling = "closures") => LISTINGS[spelling].find(({ key }) => key === line)?.text.trim();

test("both spellings hold the lines that one finds in books", () => {
  const text = (spelling) => LISTINGS[spelling].map((line) => line.text).join("\n");
  assert.match(text("closures"), /self\.grad = 1\n {4}for v in reversed\(topo\):\n {8}v\._backward\(\)$/);
  assert.match(text("partials"), /zip\(v\._children, v\._local_grads\):\n {12}child\.grad \+= local_grad \* v\.grad$/);
});

test("nobody walks, and no line runs", () => {
  assert.deepEqual([at(null).line, at(null).variables], [null, []]);
});

test("a forward step runs the line of its operation", () => {
  const { here, line } = at(1);
  assert.deepEqual([line, here.lines[0], here.active], [null, "c = a + b", 0]);
  assert.deepEqual(at(1).variables, [
    ["a.data", "0"],
    ["b.data", "1"],
    ["c.data", "2"],
  ]);
});

test("the seed sets the gradient of the output, of which nothing was known", () => {
  assert.equal(activeOf(at(3)), "self.grad = 1");
  assert.equal(heldBy(at(3), "self.grad"), "– → 1");
});

test("a contribution runs a line of the closure, or of the loop over the children", () => {
  const closure = at(6);
  assert.equal(activeOf(closure), "v._backward()");
  assert.equal(closure.here.lines[closure.here.active].trim(), "a.grad += 1.0 * c.grad");
  const stored = at(6, { spelling: "partials" });
  assert.equal(activeOf(stored, "partials"), "child.grad += local_grad * v.grad");
  assert.deepEqual(stored.here.lines.slice(1), ["c._children = (a, b)", "c._local_grads = (1, 1)"]);
});

test("variables hold what the step says, and the node's place in the list", () => {
  const moment = at(6, { spelling: "partials" });
  assert.deepEqual(
    ["v", "v.grad", "child", "local_grad", "child.grad", "reversed(topo)"].map((name) => heldBy(moment, name)),
    ["c", "1", "a", "1", "1 → 2", "[d, ▸c, b, a], 2 of 4"],
  );
  assert.equal(heldBy(at(7, { spelling: "partials" }), "child.grad"), "– → 1");
  const closure = at(6);
  assert.deepEqual([heldBy(closure, "a.grad"), heldBy(closure, "child")], ["1 → 2", undefined]);
});

test("a grad that is – is said to be still at its initial 0", () => {
  for (const spelling of ["closures", "partials"]) assert.match(at(5, { spelling }).note, /– .* self\.grad = 0/);
  assert.match(at(3).note, /self\.grad = 0/);
});

test("in the sort the lines of build_topo run, with set, list and calls", () => {
  const sort = (done) => at(2, { sorting: true, sort: done });
  assert.deepEqual(
    [1, 4, 8].map((done) => activeOf(sort(done))),
    ["visited.add(v)", "topo.append(v)", "if v not in visited:"],
  );
  assert.deepEqual(sort(8).variables, [
    ["v", "a"],
    ["calls", "2: d, a"],
    ["visited", "{d, c, a, b}"],
    ["topo", "[a, b, c]"],
  ]);
});

test("a brief entry and a folded one are told as far as they are known", () => {
  const run = LISTING();
  delete run.steps[5].text;
  const brief = momentOf(stateOf(run, { step: 6 }));
  assert.equal(brief.here.lines[brief.here.active].trim(), "a.grad += … * c.grad");
  const folded = { ...LISTING(), steps: [{ phase: "backward", group: "g", first: 0, last: 7, changes: [] }] };
  assert.match(momentOf(stateOf(folded, { step: 7 })).note, /folded group/);
});

test("a ledger holds all contributions so far, and begins with what is not known", () => {
  const run = LISTING();
  assert.deepEqual(ledgerOf(run, "n0", 4), { start: "–", lines: [] });
  const { start, lines } = ledgerOf(run, "n0", 7);
  assert.deepEqual([start, ...lines.map(({ text }) => text)], ["–", "1", "1 + 1 = 2"]);
  assert.deepEqual(
    lines.map(({ place, from }) => [place, from]),
    [
      [5, "n3"],
      [6, "n2"],
    ],
  );
});

test("a ledger goes on where another part of the run ended, and takes texts as they are", () => {
  const run = LISTING();
  run.nodes[0].carried = { data: null, grad: ["5", "5.0", "="], sign: "pos", magnitude: 0 };
  Object.assign(run.steps[4].shown, {
    before: ["5", "5.0", "="],
    contribution: ["−2", "-2.0", "="],
    after: ["3", "3.01", "≈"],
  });
  const { start, lines } = ledgerOf(run, "n0", 5);
  assert.deepEqual([start, lines[0].text], ["5", "5 + (−2) ≈ 3"]);
});

test("a ledger's sum is rounded if any of its numbers is", () => {
  const run = LISTING();
  run.steps[5].shown.contribution = ["0.3333", "0.3333333333333333", "≈"];
  assert.equal(ledgerOf(run, "n0", 6).lines.at(-1).text, "1 + 0.3333 ≈ 2");
});

test("forward steps and folded ones have no receiver", () => {
  const { steps } = LISTING();
  assert.deepEqual(
    [receiverOf(null), receiverOf(steps[0]), receiverOf(steps[2]), receiverOf(steps[4])],
    [null, null, "n3", "n0"],
  );
  assert.equal(receiverOf({ ...steps[4], operand_group: "g" }), null);
});
