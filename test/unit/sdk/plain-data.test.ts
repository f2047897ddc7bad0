import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { runInNewContext } from "node:vm";
import { plainData } from "../../../sdk/plain-data";

class Release {
  readonly name = "a";
}
const cyclic: unknown[] = [];
cyclic.push(cyclic);

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ["a Date", new Date(0), /is a Date, .*`\.toISOString\(\)`/],
  ["a Map", new Map([["a", 1]]), /is a Map, .*Object\.fromEntries/],
  ["a Set", new Set([1]), /is a Set, .*a list/],
  ["a WeakMap", new WeakMap(), /is a WeakMap/],
  ["a URL", new URL("https://h/"), /is a URL, .*`\.href`/],
  ["a BigInt", 1n, /is a BigInt, .*`String\(\.\.\.\)`/],
  ["an instance of a class", new Release(), /is a Release, .*plain data/],
  ["an Error", new TypeError("x"), /is an Error, .*`\.message`/],
  ["a RegExp", /x/, /is a RegExp, .*`\.source`/],
  ["a boxed string", Object("x"), /is a String/],
  ["a Buffer", Buffer.from("x"), /holds bytes, .*base64/],
  ["a typed array", new Float64Array(1), /holds bytes/],
  ["an ArrayBuffer", new ArrayBuffer(1), /holds bytes/],
  ["NaN", NaN, /is NaN/],
  ["Infinity", -Infinity, /is -Infinity/],
  ["a function", () => 1, /is a function/],
  ["a class", Release, /is a function/],
  ["a symbol", Symbol("x"), /is a symbol/],
  [
    "a property named by a symbol",
    { [Symbol("x")]: 1 },
    /has a property that is named by a symbol/,
  ],
  ["a value that contains itself", cyclic, /contains itself/],
  ["half of a surrogate pair", "a\ud800", /half of a surrogate pair/],
  ["a Date of another realm", runInNewContext("new Date(0)"), /is a Date/],
];

const kept: readonly (readonly [string, unknown])[] = [
  ["text, numbers, switches and null", ["ü 😀", 0, -1.5, true, null]],
  ["nested lists and objects", { a: [{ b: [[]] }], "c d": {} }],
  ["undefined members, as unset variables are", { a: undefined, b: [undefined] }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
];

describe("plainData", () => {
  for (const [what, value, message] of refused) {
    it(`refuses ${what}, and names the property`, () => {
      const check = () => plainData({ triggers: ["x", { a: value }] }, 'StylusImage "edge"');
      assert.throws(check, (thrown: unknown) => {
        assert.ok(pulumi.RunError.isInstance(thrown));
        assert.match(thrown.message, /^StylusImage "edge": `triggers\[1\]\.a(\[0\])?` /);
        assert.match(thrown.message, message);
        return true;
      });
    });
  }

  for (const [what, value] of kept) {
    it(`keeps ${what}`, () =>
      assert.deepEqual(
        { ...(plainData({ value }, "x").value as object) },
        { ...(value as object) },
      ));
  }

  it("keeps values that several properties share", () => {
    const shared = { a: 1 };
    assert.deepEqual(plainData([shared, shared], "x"), [shared, shared]);
  });

  it("keeps files and archives of Pulumi", () => {
    const asset = new pulumi.asset.StringAsset("x");
    assert.equal(plainData({ asset }, "x").asset, asset);
  });

  it("refuses the value of a promise", async () => {
    const { late } = plainData({ late: Promise.resolve([new Map()]) }, "x");
    await assert.rejects(late, /x: `late\[0\]` is a Map/);
  });

  it("refuses the value of an output", async () => {
    const late = plainData(
      { late: pulumi.output(1).apply(() => ({ a: [new Date(0)] })) },
      "x",
    ).late;
    const value = new Promise((resolve, reject) => {
      void late.apply(resolve);
      const { promise } = late as unknown as { promise: () => Promise<unknown> };
      promise.call(late).catch(reject);
    });
    await assert.rejects(value, /x: `late\.a\[0\]` is a Date/);
  });

  it("quotes a key that is not a name", () => {
    assert.throws(() => plainData({ tags: { "a b": 1n } }, "x"), /`tags\["a b"\]` is a BigInt/);
  });
});
