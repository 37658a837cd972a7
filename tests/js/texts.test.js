// Texts of brief entries: a walk always finds them around it, in few requests of bounded size.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endsOf, entriesDone } from "../../static/js/entries.js";
import { standIn, textsOf, wantedTexts } from "../../static/js/texts.js";
import { randomRun } from "./folded.js";

const run = randomRun(5, { count: 900 });
const full = run.steps.map((step, k) => ({ ...step, text: `text ${k}`, sentence: `sentence ${k}` }));
const answer = (texts, [first, last]) => ({ ...texts, ...textsOf(run, first, full.slice(first, last)) });

test("a walk in either direction asks now and then, and knows the entries beside it", () => {
  const ends = endsOf(run);
  for (const places of [ends, ends.toReversed()]) {
    let texts = {};
    let asked = 0;
    for (const place of places) {
      for (let wanted = wantedTexts(run, texts, place); wanted; wanted = wantedTexts(run, texts, place)) {
        assert.ok(wanted[1] - wanted[0] <= 200 && wanted[1] > wanted[0]);
        texts = answer(texts, wanted);
        asked++;
      }
      assert.equal(texts[place].text, `text ${entriesDone(run, place) - 1}`);
    }
    assert.ok(asked <= 12, `asked ${asked} times`);
  }
});

test("a jump asks around the place it leads to", () => {
  const place = endsOf(run)[500];
  const [first, last] = wantedTexts(run, {}, place);
  assert.ok(first < 500 && last > 540);
  assert.deepEqual(wantedTexts(run, {}, run.first_step), [0, 140 + 60]);
});

test("who has the texts asks for none", () => {
  assert.equal(wantedTexts({ ...run, steps: full.map((step) => ({ ...step, math: "" })) }, {}, 1200), null);
  assert.equal(wantedTexts({ ...run, steps: [] }, {}, 1000), null);
});

test("texts of another run are not taken for those of this one", () => {
  const other = full.map((step) => ({ ...step, phase: "update" }));
  assert.deepEqual(textsOf(run, 0, other.slice(0, 5)), {});
});

test("a stand-in has labels and the numbers that are there", () => {
  const groups = [{ key: "x#3", title: "x, turn 3" }];
  const label = (id) => ({ n1: "a", n2: "b" })[id];
  const told = (step) => standIn({ groups }, step, label);
  const shown = { after: ["0.5", "0.5", "="] };
  assert.equal(told({ phase: "backward", group: "x#3", first: 120, last: 2300 }), "x, turn 3: 2,180 steps");
  assert.equal(told({ phase: "forward", node: "n1", shown: { data: ["2", "2.0", "="] } }), "a = 2");
  assert.equal(told({ phase: "backward", node: "n1", operand: "n2", shown }), "a → b: 0.5");
  assert.equal(
    told({ phase: "backward", node: "n1", operand: "n9", operand_group: "x#3", shown }),
    "a → x, turn 3: 0.5",
  );
  assert.equal(told({ phase: "seed", node: "n2", shown }), "b.grad = 0.5");
  assert.equal(told({ phase: "update", node: "n2", field: "data", shown }), "b.data = 0.5");
});
