// The program as a file for Python.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { programOf } from "../../static/js/python.js";

const leaf = (name, exact, literal = null) => ({ name, role: "input", literal, shown: { data: [exact, exact, "="] } });
const file = (source, ...nodes) => programOf({ source, run: { source, nodes } });

test("leaves that the program does not set come first, with their values", () => {
  const text = file("c = a*b\nd = c + a", leaf("a", "2.0"), leaf("b", "3.0"), { name: "c", role: "operation" });
  assert.equal(text, "a = 2.0\nb = 3.0\n\nc = a*b\nd = c + a");
});

test("a program of operations that Python has runs as it is", () => {
  const text = file("d = exp(a) + math.sin(b)\nprint(d > 1)", leaf("a", "2.0"), leaf("b", "inf"));
  assert.match(text, /^import math\nfrom math import exp\na = 2\.0\nb = float\("inf"\)\n/);
  const { stdout, error } = spawnSync("python3", ["-c", text.replace("inf", "1")]);
  if (!error) assert.equal(String(stdout), "True\n");
});

test("a number of the program stays, and a comment says what it was on the page", () => {
  assert.equal(file("w = 0.5", leaf("w", "0.7", "0.5")), "# on the page w was 0.7, not 0.5\n\nw = 0.5");
  assert.equal(file("w = 5e-1", leaf("w", "0.5", "5e-1")), "w = 5e-1");
});

test("what Python alone lacks is said", () => {
  assert.match(file("f = relu(a)", leaf("a", "1.0")), /^# Python alone lacks: relu\na = 1\.0\n/);
  assert.match(file("a = Value(2.0)\nf = tanh(a)"), /^# Python alone lacks: Value, tanh of such objects\n\n/);
  assert.match(file("f = a*a\nf.backward()", leaf("a", "1.0")), /^# Python alone lacks: \.backward of numbers\n/);
});

test("what the program defines or imports is not asked for again", () => {
  const source = "from math import exp\ndef sigmoid(x):\n    return 1/(1 + exp(-x))\nf = sigmoid(2) # relu(1)";
  assert.equal(file(source), source);
});

test("of a program that has not run nothing is known but its text", () => {
  assert.equal(programOf({ source: "c = a*2", run: null }), "c = a*2");
});
