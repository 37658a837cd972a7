// What a key means.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf } from "../../static/js/keys.js";

const press = (key, facts = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...facts });

test("undo and redo need Ctrl or Cmd, and no other command takes them", () => {
  assert.equal(commandOf(press("z", { ctrlKey: true }), false), "undo");
  assert.equal(commandOf(press("z", { metaKey: true }), false), "undo");
  assert.equal(commandOf(press("Z", { metaKey: true, shiftKey: true }), false), "redo");
  assert.equal(commandOf(press("y", { ctrlKey: true }), false), "redo");
  assert.equal(commandOf(press("z"), false), null);
  assert.equal(commandOf(press("p", { ctrlKey: true }), false), null);
});

test("keys of a clicker step, blank and leave while one presents, and are the browser's else", () => {
  const keys = ["PageDown", "PageUp", "b", "Escape"];
  assert.deepEqual(
    keys.map((key) => commandOf(press(key), true)),
    ["next", "back", "blank", "leave"],
  );
  assert.deepEqual(
    keys.map((key) => commandOf(press(key), false)),
    [null, null, null, null],
  );
});

test("Alt belongs to the browser", () => {
  assert.equal(commandOf(press("ArrowLeft", { altKey: true }), false), null);
});
