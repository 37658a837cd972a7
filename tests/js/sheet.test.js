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

test("the prediction is the variable that one wants, that of the set, a usual name, or the one before the loss", () => {
  assert.equal(predictionOf(["h", "score", "loss"], "h", null), "h");
  assert.equal(predictionOf(["q", "score", "loss"], "", { prediction: "q" }), "q");
  assert.equal(predictionOf(["h", "score", "loss"], "gone", null), "score");
  assert.equal(predictionOf(["p", "loss"], "", null), "p");
  assert.equal(predictionOf(["loss"], "", null), "loss");
  assert.equal(predictionOf([], "", null), null);
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
