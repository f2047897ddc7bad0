import assert from "node:assert/strict";
import type { JsonMap } from "../../../../provider/base/json";
import {
  mergeConfig,
  overlayConfig,
  propertyPath,
} from "../../../../provider/plan/user-data/merge";

describe("mergeConfig", () => {
  const merges: readonly (readonly [string, JsonMap, JsonMap, JsonMap])[] = [
    [
      "merges maps deeply",
      { a: { b: 1, c: 2 } },
      { a: { c: 3, d: 4 } },
      { a: { b: 1, c: 3, d: 4 } },
    ],
    [
      "concatenates lists of maps, equal ones too",
      { a: [{ b: 1 }] },
      { a: [{ b: 1 }] },
      { a: [{ b: 1 }, { b: 1 }] },
    ],
    ["unites lists of scalars", { a: ["x", "y"] }, { a: ["y", "z", "z"] }, { a: ["x", "y", "z"] }],
    ["keeps 1 and its text apart in a union", { a: [1] }, { a: ["1"] }, { a: [1, "1"] }],
    ["lets the later scalar win", { a: true, b: "x" }, { a: false, b: "y" }, { a: false, b: "y" }],
    ["takes keys that only one side has", { a: 1 }, { b: [{ c: 1 }] }, { a: 1, b: [{ c: 1 }] }],
    ["leaves a list as it is where nothing meets it", {}, { a: ["x", "x"] }, { a: ["x", "x"] }],
    ["takes nested lists in lists of maps", {}, { a: [{ b: [["x"]] }] }, { a: [{ b: [["x"]] }] }],
    ["merges an empty map", { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
  ];
  for (const [rule, base, over, expected] of merges) {
    it(rule, () => assert.deepEqual(mergeConfig(base, over), { document: expected, problems: [] }));
  }

  it("changes neither side", () => {
    const base = { a: { b: [{ c: 1 }] } };
    const over = { a: { b: [{ c: 2 }] } };
    mergeConfig(base, over);
    assert.deepEqual([base, over], [{ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }]);
  });

  const refusals: readonly (readonly [string, JsonMap, JsonMap, string, RegExp])[] = [
    ["null", {}, { a: [{ b: null }] }, "userData.a[0].b", /null/],
    ["null where a value stands", { a: 1 }, { a: null }, "userData.a", /null/],
    ["an empty list", {}, { "x y": [] }, 'userData["<key>"]', /empty list/],
    ["an empty list where a list stands", { a: [1] }, { a: [] }, "userData.a", /empty list/],
    ["text over a map", { a: {} }, { a: "x" }, "userData.a", /must be a map, but is text/],
    ["text over true or false", { a: true }, { a: "yes" }, "userData.a", /true or false/],
    ["a number over text", { a: "x" }, { a: 1 }, "userData.a", /must be text, but is a number/],
    ["scalars over a list of maps", { a: [{}] }, { a: ["x"] }, "userData.a", /list of maps/],
    ["lists in a list that only one side has", {}, { a: { b: [["x"]] } }, "userData.a.b", /nested/],
    ["a map among scalars", {}, { a: ["x", { b: 1 }] }, "userData.a", /mixed/],
    ["lists in a list", { a: ["x"] }, { a: [["x"]] }, "userData.a", /mixed or nested/],
  ];
  for (const [what, base, over, path, reason] of refusals) {
    it(`refuses ${what}, once and with its path`, () => {
      const { problems } = mergeConfig(base, over, "userData");
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]!.reason, reason);
    });
  }

  it("names every problem at once", () => {
    const { problems } = mergeConfig({ a: 1 }, { a: "x", b: null, c: { d: [] } });
    assert.deepEqual(problems.map(({ path }) => path).sort(), ["a", "b", "c.d"]);
  });

  it("allows null and empty lists for installers without a collector", () => {
    const over = { a: null, b: [] };
    assert.deepEqual(overlayConfig({ c: 1 }, over, "userData"), {
      document: { c: 1, a: null, b: [] },
      problems: [],
    });
    assert.equal(overlayConfig({ a: 1 }, over, "userData").problems[0]?.path, "userData.a");
  });
});

describe("propertyPath", () => {
  it("writes paths as the user does", () => {
    const path = ["stages", "before-install", 0, "a.b"].reduce<string>(propertyPath, "");
    assert.equal(path, 'stages.before-install[0]["a.b"]');
  });
});
