import assert from "node:assert/strict";
import { contains } from "../../../../provider/agent/stages/check-disk";

describe("contains", () => {
  const cases: readonly (readonly [string, unknown, unknown, boolean])[] = [
    ["the same", { a: [1, { b: "c" }] }, { a: [1, { b: "c" }] }, true],
    ["a part of a map", { a: 1, b: 2 }, { a: 1 }, true],
    ["a part of a list, in any order", [3, 2, 1], [1, 3], true],
    [
      "a map with defaults of the installer inside a list",
      [{ a: 1, extra: true }],
      [{ a: 1 }],
      true,
    ],
    ["nothing", {}, {}, true],
    ["a number that became text", { port: "80" }, { port: 80 }, true],
    ["a boolean that became text", { on: "true" }, { on: true }, true],
    ["null", { a: null }, { a: null }, true],
    ["another value", { a: 1 }, { a: 2 }, false],
    ["a missing key", { b: 1 }, { a: 1 }, false],
    ["a missing key for null", {}, { a: null }, false],
    ["a missing item", [1], [1, 2], false],
    ["a list for a map", [], {}, true],
    ["a map for a list", { 0: 1 }, [1], false],
    ["text for a map", "a", { a: 1 }, false],
    ["an empty file", null, { a: 1 }, false],
    ["an empty file, where nothing was given", null, {}, false],
    ["a key that every object has", {}, { toString: 1 }, false],
    ["text in other letters", { a: "X" }, { a: "x" }, false],
  ];
  for (const [rule, whole, part, expected] of cases) {
    it(`is ${expected} for ${rule}`, () => assert.equal(contains(whole, part), expected));
  }
});
