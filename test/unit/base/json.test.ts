import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { canonicalJson } from "../../../provider/base/json";

describe("canonicalJson", () => {
  const texts: readonly (readonly [string, unknown, string])[] = [
    [
      "sorts map keys by code unit at every depth",
      { b: 1, a: { d: 1, B: 2 } },
      '{"a":{"B":2,"d":1},"b":1}',
    ],
    ["sorts keys that look like numbers as text", { 10: 1, 9: 2 }, '{"10":1,"9":2}'],
    ["keeps the order of lists", [3, 1, 2], "[3,1,2]"],
    ["leaves undefined members out", { a: undefined, b: null }, '{"b":null}'],
    ["writes minus zero as zero", -0, "0"],
    ["keeps a number and its text apart", [1, "1"], '[1,"1"]'],
    ["escapes what JSON escapes", 'ä"\n', '"ä\\"\\n"'],
    ["takes an own key named __proto__", JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    ["takes maps without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ["takes maps of another realm", runInNewContext("({ a: [1] })"), '{"a":[1]}'],
  ];
  for (const [rule, value, text] of texts) {
    it(rule, () => assert.equal(canonicalJson(value), text));
  }

  it("gives one text for the same object twice in a list", () => {
    const shared = { a: 1 };
    assert.equal(canonicalJson([shared, shared]), '[{"a":1},{"a":1}]');
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = [cycle];
  const refused: readonly (readonly [string, unknown])[] = [
    ["a cycle", cycle],
    ["a bigint", { a: 1n }],
    ["a function", { a: () => 1 }],
    ["a symbol", [Symbol("a")]],
    ["undefined itself", undefined],
    ["undefined in a list", [undefined]],
    ["a hole in a list", new Array(1)],
    ["NaN", NaN],
    ["an infinite number", Infinity],
    ["a date", new Date(0)],
    ["a Map", new Map()],
    ["bytes", Buffer.from("a")],
  ];
  for (const [what, value] of refused) {
    it(`throws on ${what}`, () => assert.throws(() => canonicalJson(value), TypeError));
  }
});
