// Random documents with folded entries, as the server writes them, and a slow and plain way to walk them.

/** Return a generator of whole numbers below `n`, the same for the same seed. */
export function dice(seed) {
  let state = seed * 2654435761 + 1;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const SIGNS = ["pos", "neg", "zero", "nan"];

/** Return a run of `nodes` visible nodes and `groups` folded groups with `count` entries. */
export function randomRun(seed, { nodes = 8, groups = 3, count = 40 } = {}) {
  const roll = dice(seed);
  let serial = 0;
  const number = () => {
    serial++;
    return [`${serial}`, `${serial}.0`, "="];
  };
  const node = (k) => ({
    id: `n${k}`,
    label: `v${k}`,
    role: k % 2 ? "operation" : "input",
    shown: { data: number(), grad: number() },
  });
  const carried = () => ({ shown: number(), sign: "abs", magnitude: roll(4) });
  const group = (k) => ({ key: `g${k}`, title: `g${k}`, open: false, nodes: 9, ...(k ? {} : { carried: carried() }) });
  const graded = () => ({ field: "grad", shown: number(), sign: SIGNS[roll(4)], magnitude: roll(4) });
  const changes = () => [
    { group: `g${roll(groups)}`, field: "grad", shown: number(), sign: "abs", magnitude: roll(4) },
    ...Array.from({ length: roll(3) }, () => ({ node: `n${roll(nodes)}`, ...graded() })),
  ];
  let at = 1000;
  const entry = () => {
    const [kind, who] = [roll(5), `n${roll(nodes)}`];
    const first = at;
    at += kind === 0 ? 1 + roll(200) : 1;
    const { field, shown, ...signed } = graded();
    if (kind === 0) return { phase: "backward", group: `g${roll(groups)}`, first, last: at, changes: changes() };
    if (kind === 1) return { phase: "forward", node: who, shown: { data: number() } };
    if (kind === 2) return { phase: "update", node: who, field: "data", shown: { before: number(), after: number() } };
    if (kind === 3) {
      const hidden = { operand: "n999", operand_group: "g0", changes: changes() };
      return { phase: "backward", node: who, slot: 0, ...hidden, shown: { after: shown }, ...signed };
    }
    return { phase: "backward", node: who, operand: `n${roll(nodes)}`, slot: 0, shown: { after: shown }, ...signed };
  };
  const steps = Array.from({ length: count }, entry);
  return {
    source: "x",
    output: null,
    nodes: Array.from({ length: nodes }, (_, k) => node(k)),
    groups: Array.from({ length: groups }, (_, k) => group(k)),
    steps,
    passes: [{ output: "n1", first: 1000, last: at }],
    first_step: 1000,
    step_count: at + 500,
    topology: "t",
    printed: "",
    warnings: [],
  };
}

/** Return what everything shows after `cursor` steps: all entries up to there, one after the other, from nothing. */
export function facesFromScratch(run, cursor) {
  const faces = new Map();
  for (const { id, role, shown } of run.nodes) {
    const overwritten = run.steps.find((step) => step.node === id && step.field === "data" && !step.changes);
    const data = role === "operation" ? null : (overwritten?.shown.before ?? shown.data);
    faces.set(id, { data, grad: null, sign: "none", magnitude: 0 });
  }
  for (const { key, carried } of run.groups) {
    const { shown = null, sign = "none", magnitude = 0 } = carried ?? {};
    faces.set(`group ${key}`, { data: null, grad: shown, sign, magnitude });
  }
  let end = run.first_step;
  for (const step of run.steps) {
    end = step.last ?? end + 1;
    if (end > cursor) break;
    for (const change of step.changes ?? [ordinary(step)]) {
      const face = faces.get(change.node ?? `group ${change.group}`);
      if (change.field === "data") face.data = change.shown;
      else Object.assign(face, { grad: change.shown, sign: change.sign, magnitude: change.magnitude });
    }
  }
  return faces;
}

function ordinary({ phase, node, operand, field, shown, sign, magnitude }) {
  if (phase === "forward") return { node, field: "data", shown: shown.data };
  if (field === "data") return { node, field, shown: shown.after };
  return { node: operand ?? node, field: "grad", shown: shown.after, sign, magnitude };
}
