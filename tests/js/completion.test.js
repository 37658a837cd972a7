// What the editor offers, and what it says of a place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf, meaningOf, optionsOf } from "../../static/js/completion.js";
import { factsAt, spoken } from "../../static/js/facts.js";
import { nodesAt, wordAt } from "../../static/js/pointing.js";

const word = (name, of, kind, more = {}) => ({ name, of, kind, about: `about ${name}`, ...more });
const vocabulary = {
  names: [
    word("relu", ["", "torch", "torch.nn.functional", "value"], "operation", { op: "relu" }),
    word("return", [""], "keyword"),
    word("maximum", ["", "torch"], "operation", { op: "max" }),
    word("grad", ["value"], "property"),
    word("Linear", ["torch.nn"], "class"),
    word("nn", ["torch"], "module"),
    word("step", ["optimizer"], "method"),
  ],
  modules: { torch: "torch", nn: "torch.nn", F: "torch.nn.functional" },
  signs: { "-": "sub", "*": "mul" },
};
const offered = (line, variables = [], explicit = false) => {
  const context = contextOf(line, explicit);
  return context && optionsOf(context, vocabulary, variables).map(({ label }) => label);
};

test("one letter is a name of one's own; from two on there are offers", () => {
  assert.equal(offered("y = r"), null);
  assert.ok(offered("y = re").includes("relu"));
  assert.ok(offered("y = r", [], true).includes("relu"));
  assert.ok(offered("y = ", [], true).includes("relu"));
});

test("numbers, texts, comments and new names are left alone", () => {
  for (const line of ["2", "y = 12", "3e", "1.", "x = 'rel", "# rel", "def rel", "for rel", "x2 = 1.5"]) {
    assert.equal(offered(line), null, line);
  }
  assert.equal(offered("y = 2", [], true), null);
  assert.ok(offered("x = 'a' + rel").includes("relu"));
});

test("variables of the program come first, with their data", () => {
  const context = contextOf("y = we", false);
  const [first] = optionsOf(context, vocabulary, [{ name: "weight", detail: "= 2" }]);
  assert.deepEqual([first.label, first.detail], ["weight", "= 2"]);
});

test("behind a dot there are members of the module or of values", () => {
  assert.deepEqual(offered("nn."), ["Linear"]);
  assert.deepEqual(offered("torch.nn.Li"), ["Linear"]);
  assert.deepEqual(offered("F."), ["relu"]);
  assert.deepEqual(offered("loss."), ["relu", "grad", "step"]);
  assert.deepEqual(offered("(a + b)."), ["relu", "grad", "step"]);
});

test("a word that is complete is not offered again", () => {
  assert.deepEqual(offered("y = maximum"), []);
});

test("a name means what it is where it stands", () => {
  assert.equal(meaningOf(vocabulary, "maximum", null)?.op, "max");
  assert.equal(meaningOf(vocabulary, "grad", "a")?.kind, "property");
  assert.equal(meaningOf(vocabulary, "grad", null), null);
});

test("the word at a place is a name or a sign, and no number, text or comment", () => {
  assert.equal(wordAt("a*b", 1)?.text, "a");
  assert.equal(wordAt("a *b", 2)?.text, "*");
  assert.equal(wordAt("x ** 2", 3)?.text, "**");
  assert.equal(wordAt("x ** 2", 6), null);
  assert.equal(wordAt("# ab", 3), null);
  assert.equal(wordAt("y = 'ab'", 6), null);
  assert.deepEqual(wordAt("1\ny.relu()", 5), { text: "relu", from: 4, to: 8, owner: "y" });
  assert.equal(wordAt("größe + 1", 2)?.text, "größe");
});

const place = (column, end_column) => ({ line: 1, column, end_line: 1, end_column });
const node = (id, name, op, operands, span, more = {}) => ({
  ...{ id, name, label: name ?? id, role: op ? "operation" : "input", op, operands, span },
  ...{ expression: null, shown: { data: ["2", "2.0", "="], grad: ["−3", "-3.0", "="] }, ...more },
});
const source = "y = -a*a + b";
const run = {
  source,
  nodes: [
    node("n0", "a", null, [], place(5, 6)),
    node("n1", null, "neg", ["n0"], place(4, 6), { label: "t1" }),
    node("n2", null, "mul", ["n1", "n0"], place(4, 8), { label: "t2", expression: "-a * a" }),
    node("n3", "b", null, [], place(11, 12)),
    node("n4", "y", "add", ["n2", "n3"], place(4, 12)),
  ],
  variables: { a: "n0", b: "n3", y: "n4" },
  steps: [],
  first_step: 0,
  step_count: 0,
  passes: [],
};
const ids = (offset) => nodesAt(run, offset).map(({ id }) => id);
const state = { run, source, stale: false, step: null, texts: {} };
const operations = [
  {
    name: "mul",
    symbol: "×",
    signature: "mul(x, y)",
    about: "Multiplies.",
    convention: "",
    partials: ["∂z/∂x = y", "∂z/∂y = x"],
  },
  { name: "neg", symbol: "−", signature: "neg(x)", about: "Turns the sign.", convention: "", partials: ["∂z/∂x = -1"] },
];

test("the cursor stands at the nodes of the innermost piece, or at the variable that is used there", () => {
  assert.deepEqual(ids(5), ["n0"]);
  assert.deepEqual(ids(4), ["n1"]);
  assert.deepEqual(ids(8), ["n0"]);
  assert.deepEqual(ids(9), ["n4"]);
  assert.deepEqual(ids(1), []);
});

test("several turns of a loop are nodes of the same piece", () => {
  const twice = {
    ...run,
    source: "x*x",
    nodes: [node("n0", null, "mul", [], place(0, 3)), node("n1", null, "mul", [], place(0, 3))],
  };
  assert.deepEqual(
    nodesAt(twice, 1).map(({ id }) => id),
    ["n0", "n1"],
  );
});

test("of a variable one hears its numbers, of a sign its rule", () => {
  const a = factsAt(state, vocabulary, operations, 5);
  assert.deepEqual(
    [a.title, a.numbers],
    [
      "a",
      [
        ["data", "2"],
        ["grad", "not known yet"],
      ],
    ],
  );
  const product = factsAt(state, vocabulary, operations, 7);
  assert.equal(product.title, "a");
  const spaced = { ...state, source: "y = a * b", run: null };
  const sign = factsAt(spaced, vocabulary, operations, 7);
  assert.deepEqual([sign.title, sign.rules, sign.numbers], ["x × y", ["∂z/∂x = y", "∂z/∂y = x"], []]);
  assert.match(spoken(sign), /Multiplies\.?.*∂z\/∂x = y/);
});

test("a minus that turns a sign is not a difference", () => {
  assert.equal(factsAt(state, vocabulary, operations, 4).title, "−x");
});

test("numbers of an older text are not told", () => {
  const facts = factsAt({ ...state, stale: true }, vocabulary, operations, 5);
  assert.equal(facts, null);
});
