// @ts-check
/** What a descent is asked for: turns settings into the fields of a request. Start at `recipeOf`. */

import { numberOf } from "../api.js";

/**
 * @typedef {(name: string, otherwise: string) => string} Setting
 * @typedef {{name: string, label: string, otherwise: string}} Knob A number that an optimizer or a schedule takes.
 */

/** @type {[string, string, Knob[]][]} Optimizers: name, title, what they take beside the learning rate. */
export const OPTIMIZERS = [
  ["SGD", "SGD", []],
  ["momentum", "SGD with momentum", [{ name: "momentum", label: "momentum", otherwise: "0.9" }]],
  ["Nesterov", "Nesterov", [{ name: "momentum", label: "momentum", otherwise: "0.9" }]],
  ["RMSprop", "RMSprop", [{ name: "alpha", label: "alpha", otherwise: "0.99" }]],
  [
    "Adam",
    "Adam",
    [
      { name: "beta1", label: "beta 1", otherwise: "0.9" },
      { name: "beta2", label: "beta 2", otherwise: "0.999" },
    ],
  ],
  [
    "AdamW",
    "AdamW",
    [
      { name: "beta1", label: "beta 1", otherwise: "0.9" },
      { name: "beta2", label: "beta 2", otherwise: "0.999" },
    ],
  ],
  ["Adagrad", "Adagrad", []],
];

const GAMMA = { name: "gamma", label: "gamma", otherwise: "0.5" };

/** @type {[string, string, Knob[]][]} Schedules of the learning rate. */
export const SCHEDULES = [
  ["", "constant", []],
  ["StepLR", "step", [{ name: "step_size", label: "every", otherwise: "10" }, GAMMA]],
  ["MultiStepLR", "at milestones", [{ name: "milestones", label: "at", otherwise: "10 20" }, GAMMA]],
  ["ExponentialLR", "exponential", [{ ...GAMMA, otherwise: "0.95" }]],
  [
    "CosineAnnealingLR",
    "cosine",
    [
      { name: "T_max", label: "half a period", otherwise: "30" },
      { name: "eta_min", label: "least rate", otherwise: "0" },
    ],
  ],
  [
    "ReduceLROnPlateau",
    "reduce on plateau",
    [
      { name: "patience", label: "patience", otherwise: "5" },
      { name: "factor", label: "factor", otherwise: "0.5" },
    ],
  ],
];

export const ITERATIONS = "30";

/**
 * Return the number that a setting holds, or that of its default if it holds none.
 * @param {Setting} setting
 * @param {string} name
 * @param {string} otherwise
 */
export function numberIn(setting, name, otherwise) {
  return numberOf(setting(name, otherwise)) ?? Number(otherwise);
}

/**
 * Return what an optimizer does with a gradient, as requests name it.
 * @param {Setting} setting
 */
export function optimizerOf(setting) {
  const [optimizer, , knobs] = chosenFrom(OPTIMIZERS, setting("optimizer", "SGD"));
  const values = Object.fromEntries(knobs.map(({ name, otherwise }) => [name, numberIn(setting, name, otherwise)]));
  const { beta1, beta2, ...settings } = values;
  const betas = beta1 === undefined ? {} : { betas: [beta1, beta2] };
  const decay = setting("weight_decay", "0") === "0" ? {} : { weight_decay: numberIn(setting, "weight_decay", "0") };
  const direction = setting("direction", "descend") === "ascend" ? "ascend" : "descend";
  return { optimizer, settings: { lr: numberIn(setting, "lr", "0.01"), ...settings, ...betas, ...decay }, direction };
}

/**
 * Return how a descent goes, as requests name it.
 * @param {Setting} setting
 */
export function recipeOf(setting) {
  const limit = setting("clip", "");
  return {
    ...optimizerOf(setting),
    schedule: scheduleOf(setting),
    iterations: Math.max(0, Math.round(Number(numberIn(setting, "iterations", ITERATIONS)) || 0)),
    zero_grad: setting("zero_grad", "1") === "1",
    clip: limit === "" ? null : { kind: setting("clip_by", "norm"), limit: numberIn(setting, "clip", "1") },
  };
}

/** @param {Setting} setting */
function scheduleOf(setting) {
  const [name, , knobs] = chosenFrom(SCHEDULES, setting("schedule", ""));
  if (!name) return null;
  const pairs = knobs.map(({ name: knob, otherwise }) => {
    if (knob !== "milestones") return [knob, numberIn(setting, knob, otherwise)];
    return [knob, (setting(knob, otherwise).match(/\d+/g) ?? []).map(Number)];
  });
  return { name, ...Object.fromEntries(pairs) };
}

/**
 * @param {[string, string, Knob[]][]} table
 * @param {string} name
 */
export function chosenFrom(table, name) {
  return table.find(([each]) => each === name) ?? table[0];
}
