import assert from "node:assert/strict";
import { test } from "node:test";
import { arrivalOf, routeOf, tracedOf } from "../../static/js/lab/route.js";

test("a way names all that it passes", () => {
  assert.equal(routeOf(["d", "c", "a"]), "d → c → a");
  assert.equal(routeOf(["d"]), "d");
});

test("a long way names its ends", () => {
  assert.equal(routeOf([..."abcdefg"]), "a → b → c → d → e → f → g");
  assert.equal(routeOf([..."abcdefgh"]), "a → b → c → … → f → g → h");
});

test("a way marks its nodes and its edges as the picture calls them", () => {
  const way = { nodes: ["n3", "n2"], edges: /** @type {[string, number][]} */ ([["n3", 1]]) };
  assert.deepEqual(tracedOf(way), { nodes: ["n3", "n2"], edges: ["n3.1"] });
});

test("a tangent arrives along the edges from those that have one", () => {
  assert.deepEqual(arrivalOf("n3", ["n0", "n3"], ["n0", "n1", "n0"]), {
    nodes: ["n3", "n0", "n0"],
    edges: ["n3.0", "n3.2"],
  });
});
