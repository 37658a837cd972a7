import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cellOf,
  classesOf,
  csvOf,
  inputsFor,
  isNamed,
  isTable,
  predictionOf,
  setFor,
  thresholdOf,
  withCell,
  withoutRow,
  withPasted,
  withRow,
} from "../../static/js/lab/sheet.js";

const SHEET = {
  columns: ["x", "y"],
  rows: [
    ["1", "2"],
    ["3", "4"],
  ],
};

test("a sheet is CSV with a line of names; odd names are quoted", () => {
  assert.equal(csvOf(SHEET), "x,y\n1,2\n3,4");
  assert.equal(csvOf({ columns: ['a "b"', "y"], rows: [["1", "2"]] }), '"a ""b""",y\n1,2');
});

test("a cell is a finite number, with a comma or a typographic minus if one likes", () => {
  assert.deepEqual(cellOf(" −1,5 "), { number: "-1.5", mistake: null });
  assert.equal(cellOf("+2").number, "2");
  assert.equal(cellOf("nan").number, null);
  assert.equal(cellOf("inf").number, null);
  assert.match(cellOf("a").mistake, /number/);
});

test("cells and rows change in a copy", () => {
  assert.deepEqual(withCell(SHEET, 1, 0, "9").rows, [
    ["1", "2"],
    ["9", "4"],
  ]);
  assert.deepEqual(withRow(SHEET).rows.at(-1), ["0", "0"]);
  assert.deepEqual(withoutRow(SHEET, 0).rows, [["3", "4"]]);
  assert.deepEqual(SHEET.rows[1], ["3", "4"]);
});

test("pasted cells lie over the sheet, and add rows below it", () => {
  const pasted = {
    columns: ["x", "y"],
    rows: [
      ["7", "8"],
      ["5", "6"],
    ],
  };
  assert.deepEqual(withPasted(SHEET, 1, 1, pasted, false), {
    columns: ["x", "y"],
    rows: [
      ["1", "2"],
      ["3", "7"],
      ["0", "5"],
    ],
  });
});

test("what is pasted with names into the first cell takes the place of all", () => {
  const pasted = { columns: ["u", "v", "y"], rows: [["1", "2", "3"]] };
  assert.equal(withPasted(SHEET, 0, 0, pasted, true), pasted);
  assert.deepEqual(withPasted(SHEET, 0, 0, pasted, false).columns, ["x", "y"]);
});

test("a number is no table, whatever its comma; cells with tabs or lines are one", () => {
  assert.deepEqual(["1,5", " 2 ", "1\t2", "1\n2", "1;2", "1,2,3"].map(isTable), [false, false, true, true, true, true]);
  assert.deepEqual(["x,y\n1,2", "1,2\n3,4", "a\tb\n1\t2"].map(isNamed), [true, false, true]);
});

test("columns are inputs as wanted, else by name, else x's and a target", () => {
  assert.deepEqual(inputsFor(["x", "y"], ["w", "x", "y"], ""), ["x", "y"]);
  assert.deepEqual(inputsFor(["x", "y"], ["w", "x", "y"], "w,y"), ["w", "y"]);
  assert.deepEqual(inputsFor(["x0", "x1", "y"], ["w11", "x2", "x1", "y"], ""), ["x1", "x2", "y"]);
  assert.equal(inputsFor(["x", "y"], ["a", "b"], ""), null);
  assert.equal(inputsFor(["x", "y"], ["x1", "x2", "y"], ""), null);
  assert.deepEqual(inputsFor(["x", "y"], ["x", "y"], "x,x"), ["x", "y"]);
});

/**
 * Return a run of rows `[id, name, operands]`: leaves without operands, parameters but for x's and y.
 * @param {[string, string | null, string[]][]} rows
 * @returns {any}
 */
function runOf(rows) {
  const nodes = rows.map(([id, name, operands]) => ({
    id,
    name,
    operands,
    role: operands.length ? "operation" : "input",
    trainable: operands.length === 0,
  }));
  return { nodes, output: { node: rows[rows.length - 1][0] } };
}

/** @type {[string, string | null, string[]][]} */
const LEAVES = [
  ["w", "w", []],
  ["x", "x", []],
  ["b", "b", []],
  ["y", "y", []],
];

test("in a loss of one line the prediction is what the target is subtracted from", () => {
  const run = runOf([
    ...LEAVES,
    ["n1", null, ["w", "x"]],
    ["n2", null, ["n1", "b"]],
    ["n3", null, ["n2", "y"]],
    ["n4", "L", ["n3", "n3"]],
  ]);
  assert.equal(predictionOf(run, ["x", "y"], "", null), "n2");
  assert.equal(predictionOf(run, ["x", "y"], "L", null), "L");
  assert.equal(predictionOf(run, ["x", "y"], "gone", null), "n2");
});

test("where the target is compared twice, the prediction is what both compare", () => {
  const run = runOf([
    ...LEAVES,
    ["n1", "s", ["w", "x"]],
    ["n2", "p", ["n1"]],
    ["n3", null, ["n2"]],
    ["n4", null, ["y", "n3"]],
    ["n5", null, ["n2"]],
    ["n6", null, ["y", "n5"]],
    ["n7", null, ["w", "w"]],
    ["n8", null, ["n4", "n6"]],
    ["n9", "loss", ["n8", "n7"]],
  ]);
  assert.equal(predictionOf(run, ["x", "y"], "", null), "p");
  assert.equal(predictionOf(run, ["x", "y"], "", /** @type {any} */ ({ prediction: "s" })), "s");
  assert.equal(predictionOf(run, ["x", "y"], "", /** @type {any} */ ({ prediction: "loss" })), "p");
});

test("where the target enters before the parameters do, there is no prediction", () => {
  const run = runOf([...LEAVES, ["n1", null, ["x", "y"]], ["n2", null, ["w", "n1"]], ["n3", "score", ["n2", "b"]]]);
  assert.equal(predictionOf(run, ["x", "y"], "", null), null);
});

test("a score that the loss does not need is the prediction where nothing else is", () => {
  const run = runOf([...LEAVES, ["n1", "score", ["w", "x"]], ["n2", "loss", ["b", "w"]]]);
  assert.equal(predictionOf(run, ["x", "y"], "", null), "score");
});

test("of a folded network, whose inside is not told, the usual name counts", () => {
  const run = runOf([...LEAVES, ["n8", "score", ["n7"]], ["n9", "loss", ["n8", "y"]]]);
  assert.equal(predictionOf(run, ["x", "y"], "", null), "score");
});

test("a score changes sides at 0, another prediction between the classes", () => {
  assert.equal(thresholdOf("score", [0, 1, 1]), 0);
  assert.equal(thresholdOf("prediction", [0, 1, 1]), 0.5);
  assert.equal(thresholdOf("prediction", [-1, 1, 1]), 0);
  assert.deepEqual(classesOf([3, 1, 3]), [1, 3]);
  assert.equal(classesOf([1, 2, 3]), null);
  assert.equal(classesOf([1, 2]), null);
});

test("one begins with the set whose program is open, else with one whose columns fit", () => {
  const sets = [
    { name: "line", columns: ["x", "y"], program: { source: "p = w*x\n" } },
    { name: "logistic", columns: ["x", "y"], program: { source: "q = w*x\n" } },
    { name: "xor", columns: ["x0", "x1", "y"], program: { source: "r" } },
  ];
  assert.equal(setFor(sets, "q = w*x", ["w", "x", "y"]), "logistic");
  assert.equal(setFor(sets, "z", ["x1", "x2", "y"]), "xor");
  assert.equal(setFor(sets, "z", ["a"]), "line");
  assert.equal(setFor([], "z", ["a"]), "");
});
