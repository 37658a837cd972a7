// @ts-check
/**
 * The program as a file for Python: values of leaves that it does not set come first, and what it needs besides. Start at
 * `programOf`.
 */

const NAME = "[\\p{L}_][\\p{L}_\\d]*";
const CALLED = new RegExp(`(?<![\\p{L}_\\d.])(${NAME})\\s*\\(`, "gu");
const BOUND = new RegExp(`(?:\\b(?:def|class|for|as)\\s+(${NAME})|(?<![\\p{L}_\\d.])(${NAME})\\s*=(?!=))`, "gu");
const OWNER = new RegExp(`(?<![\\p{L}_\\d.])(${NAME})\\.`, "gu");
const OPERATION = /\)?\.(backward|grad|relu|tanh|exp|sigmoid|zero_grad)\b/;

const MATH = words(
  "acos asin atan atan2 ceil cos cosh erf exp expm1 floor hypot log log10 log1p log2 sin sinh sqrt tan tanh trunc",
);
const BUILT_IN = words(
  `abs all and any assert bool dict divmod elif else enumerate filter float for if in int is lambda len list map max min
  not or pow print range repr return reversed round set sorted str sum super tuple while with zip`,
);
const MODULES = new Map([
  ["math", "import math"],
  ["random", "import random"],
  ["np", "import numpy as np"],
  ["numpy", "import numpy"],
  ["torch", "import torch"],
  ["nn", "from torch import nn"],
  ["optim", "from torch import optim"],
  ["F", "import torch.nn.functional as F"],
]);

/** @param {string} text */
function words(text) {
  return new Set(text.split(/\s+/));
}

/**
 * Return the program on screen as a file.
 * @param {Pick<import("./store.js").State, "source" | "run">} state
 */
export function programOf({ source, run }) {
  const leaves = run?.source === source ? run.nodes.filter(({ role, name }) => role === "input" && name) : [];
  const unset = leaves.filter(({ literal, name }) => literal === null && /^[^@[\].]+$/.test(name ?? ""));
  const values = unset.map(({ name, shown }) => `${name} = ${written(shown.data[1])}`);
  const changed = leaves.filter(({ literal, shown }) => literal !== null && Number(literal) !== Number(shown.data[1]));
  const notes = changed.map(({ name, literal, shown }) => `# on the page ${name} was ${shown.data[1]}, not ${literal}`);
  const { imports, lacks } = needsOf(source, unset.length > 0);
  const lacking = lacks.length ? [`# Python alone lacks: ${lacks.join(", ")}`] : [];
  const head = [...lacking, ...notes, ...imports, ...values];
  return head.length ? `${head.join("\n")}\n\n${source}` : source;
}

/** @param {string} number */
function written(number) {
  return /^-?\d/.test(number) ? number : `float("${number}")`;
}

/**
 * Return the imports that make the program run, and what no import gives.
 * @param {string} source
 * @param {boolean} hasFloats whether leaves are plain numbers
 */
function needsOf(source, hasFloats) {
  const code = source.replace(/("[^"\n]*"|'[^'\n]*'|#[^\n]*)/g, " ");
  const found = (/** @type {RegExp} */ pattern) =>
    [...code.matchAll(pattern)].map(([, first, second]) => first ?? second ?? "");
  const imported = code.match(/^\s*(?:from|import)\b[^\n]*/gm)?.join(" ") ?? "";
  const bound = new Set([...found(BOUND), ...(imported.match(new RegExp(NAME, "gu")) ?? [])]);
  const called = [...new Set(found(CALLED))].filter((name) => !bound.has(name) && !BUILT_IN.has(name));
  const owners = [...new Set(found(OWNER))].filter((name) => !bound.has(name) && MODULES.has(name));
  const starred = /import\s*\*/.test(code);
  const mathematics = called.filter((name) => MATH.has(name) && !starred);
  const others = called.filter((name) => !MATH.has(name) && !starred);
  const isObject = others.some((name) => /^[A-Z]/.test(name)) || owners.includes("torch") || /\btorch\b/.test(imported);
  const plain = isObject ? [] : mathematics;
  const lacks = [
    ...others,
    ...(isObject ? mathematics.map((name) => `${name} of such objects`) : []),
    ...(hasFloats && !isObject && OPERATION.test(code) ? [`.${OPERATION.exec(code)?.[1]} of numbers`] : []),
  ];
  const imports = owners.map((name) => MODULES.get(name) ?? "");
  return { imports: [...imports, ...(plain.length ? [`from math import ${plain.join(", ")}`] : [])], lacks };
}
