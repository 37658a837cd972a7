import assert from "node:assert/strict";
import { test } from "node:test";
import { OPTIMIZERS, optimizerOf, recipeOf, SCHEDULES } from "../../static/js/lab/recipe.js";

const settings = (given) => (name, otherwise) => given[name] ?? otherwise;

test("nothing chosen is plain descent with PyTorch's zero_grad", () => {
  assert.deepEqual(recipeOf(settings({})), {
    optimizer: "SGD",
    settings: { lr: 0.01 },
    direction: "descend",
    schedule: null,
    iterations: 30,
    zero_grad: true,
    clip: null,
  });
});

test("an optimizer gets what it takes, and nothing else", () => {
  const setting = settings({ optimizer: "Adam", lr: "0.1", beta1: "0.8", momentum: "0.5" });
  assert.deepEqual(optimizerOf(setting).settings, { lr: 0.1, betas: [0.8, 0.999] });
  assert.deepEqual(optimizerOf(settings({ optimizer: "Nesterov" })).settings, { lr: 0.01, momentum: 0.9 });
});

test("a schedule gets numbers, and milestones a list", () => {
  assert.deepEqual(recipeOf(settings({ schedule: "MultiStepLR", milestones: "5, 9" })).schedule, {
    name: "MultiStepLR",
    milestones: [5, 9],
    gamma: 0.5,
  });
  assert.deepEqual(recipeOf(settings({ schedule: "StepLR", step_size: "3" })).schedule, {
    name: "StepLR",
    step_size: 3,
    gamma: 0.5,
  });
});

test("what an address makes up is as if nothing were chosen", () => {
  const made = recipeOf(settings({ optimizer: "x", schedule: "y", iterations: "-3", lr: "abc", direction: "aside" }));
  assert.deepEqual([made.optimizer, made.schedule, made.iterations, made.settings.lr], ["SGD", null, 0, 0.01]);
  assert.equal(made.direction, "descend");
});

test("a limit clips", () => {
  assert.deepEqual(recipeOf(settings({ clip: "2" })).clip, { kind: "norm", limit: 2 });
});

test("every knob has a label and a number", () => {
  for (const [, , knobs] of [...OPTIMIZERS, ...SCHEDULES])
    for (const { name, label, otherwise } of knobs) assert.ok(name && label && /\d/.test(otherwise));
});
