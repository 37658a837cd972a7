// Programs that somebody typed are kept, and none takes the place of another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drop, idFor, keep, read, titleOf } from "../../static/js/drafts.js";

const shelf = (text = null) => {
  const held = new Map(text === null ? [] : [["drafts", text]]);
  return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, value) };
};
const draft = (id, when, source = `x${id}`) => ({ id, source, inputs: {}, fixed: [], when });
const ids = (from) => read(from).map(({ id }) => id);

test("what is kept is read, the newest first, and the same id only once", () => {
  const place = shelf();
  for (const each of [draft("a", 1), draft("b", 2), draft("a", 3, "y")]) keep(place, each);
  assert.deepEqual(read(place), [draft("a", 3, "y"), draft("b", 2)]);
});

test("what another tab has kept meanwhile stays", () => {
  const place = shelf();
  keep(place, draft("mine", 1));
  place.setItem("drafts", JSON.stringify([draft("theirs", 2), ...read(place)]));
  keep(place, draft("mine", 3));
  assert.deepEqual(ids(place), ["mine", "theirs"]);
});

test("a tab that is a copy of another one types under an id of its own from there on", () => {
  const list = [draft("a", 5)];
  assert.equal(idFor(list, { id: "a", when: 5 }, "new"), "a");
  assert.equal(idFor(list, { id: "a", when: 4 }, "new"), "new");
  assert.equal(idFor(list, null, "new"), "new");
  assert.equal(idFor([], { id: "a", when: 4 }, "new"), "a");
});

test("thirty are kept, and the oldest one goes", () => {
  const place = shelf();
  for (let k = 0; k < 32; k++) keep(place, draft(String(k), k));
  assert.deepEqual([ids(place).length, ids(place)[0], ids(place).at(-1)], [30, "31", "2"]);
});

test("one can be dropped, and put back where it was", () => {
  const place = shelf();
  for (const each of [draft("a", 1), draft("b", 2), draft("c", 3)]) keep(place, each);
  drop(place, ["b", "a"]);
  assert.deepEqual(ids(place), ["c"]);
  keep(place, draft("a", 1), draft("b", 2));
  assert.deepEqual(ids(place), ["c", "b", "a"]);
});

test("a shelf that is forbidden, full or holds something else keeps nothing and says nothing", () => {
  const refuse = () => {
    throw new Error("forbidden");
  };
  for (const place of [null, { getItem: refuse, setItem: refuse }, { getItem: () => null, setItem: refuse }]) {
    keep(place, draft("a", 1));
    assert.deepEqual(read(place), []);
  }
  for (const text of ["{", "null", "3", '[null, 1, {"id": 1}, {"id": "a", "source": "x"}]']) {
    assert.deepEqual(read(shelf(text)), []);
  }
});

test("a draft is called by its first and its last line that say something", () => {
  assert.equal(titleOf("\n\n  c = a*b  \n"), "c = a*b");
  assert.equal(titleOf("c = a*b\n\nd = c + a\n"), "c = a*b ; d = c + a");
  assert.equal(titleOf("import torch\nx = 2\nx.backward()"), "import torch … x.backward()");
  assert.equal(titleOf(`${"a".repeat(99)}\nb`), `${"a".repeat(31)}… ; b`);
  assert.equal(titleOf(" \n"), "");
});
