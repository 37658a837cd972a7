import assert from "node:assert/strict";
import { test } from "node:test";
import { extended, inputsAt, placeOf, valuesAt } from "../../static/js/lab/course.js";

const shown = (k) => ({ k, loss: [`${k}`, `${k}`, "="], lr: null, grad_norm: null, leaves: [] });

function answer(ks, { finished = true, start = ks[0] } = {}) {
  return {
    leaves: [
      { id: "n0", label: "w", name: "w", adjustable: true },
      { id: "n1", label: "v", name: null, adjustable: false },
    ],
    iterations: {
      k: ks,
      loss: ks.map((k) => 10 - k),
      lr: ks.map(() => 0.1),
      grad_norm: ks.map(() => 1),
      leaves: [
        { id: "n0", values: ks.map((k) => k / 4), grads: ks },
        { id: "n1", values: ks.map(() => 2), grads: ks },
      ],
      shown: ks.map(shown),
    },
    output: { label: "L", start, shown: { start: [`${start}`, "", "="], after: ["", "", "="] } },
    finished,
  };
}

test("parts of a course are one course", () => {
  const whole = extended(extended(null, answer([0, 1, 2], { finished: false })), answer([3, 4], { start: 3 }));
  assert.deepEqual(whole.iterations.k, [0, 1, 2, 3, 4]);
  assert.deepEqual(whole.iterations.leaves[0].values, [0, 0.25, 0.5, 0.75, 1]);
  assert.equal(whole.iterations.shown.length, 5);
  assert.equal(whole.output.start, 0);
  assert.deepEqual(whole.output.shown.start, ["0", "", "="]);
  assert.equal(whole.finished, true);
});

test("an iteration that is told twice counts as told last", () => {
  const later = answer([2, 3]);
  later.iterations.loss[0] = 99;
  const whole = extended(answer([0, 1, 2]), later);
  assert.deepEqual(whole.iterations.k, [0, 1, 2, 3]);
  assert.deepEqual(whole.iterations.loss, [10, 9, 99, 7]);
});

test("an iteration that is not told is that before it", () => {
  const course = answer([0, 5, 10]);
  assert.deepEqual(
    [-1, 0, 4, 5, 9, 10, 99].map((k) => placeOf(course, k)),
    [0, 0, 0, 1, 1, 2, 2],
  );
});

test("the graph is shown at an iteration by the inputs that the program has", () => {
  assert.equal(inputsAt(answer([0, 1]), 0), null);
  assert.deepEqual(inputsAt(answer([0, 1]), 1), { w: "0.25" });
});

test("what is no number is told as inputs are typed", () => {
  const course = answer([0, 1, 2]);
  course.iterations.leaves[0].values = [0, "NaN", "-Infinity"];
  assert.deepEqual(
    [1, 2].map((at) => inputsAt(course, at)),
    [{ w: "nan" }, { w: "-inf" }],
  );
});

test("numbers of all parameters go along only if all are told", () => {
  const course = answer([0, 1]);
  assert.deepEqual(valuesAt(course, 1), [0.25, 2]);
  course.iterations.leaves.pop();
  assert.equal(valuesAt(course, 1), null);
});
