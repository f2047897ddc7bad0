import assert from "node:assert/strict";
import { glyphsFor, themeFor, usesColor } from "../../../../provider/cli/terminal/theme";

describe("colours", () => {
  type Environment = Readonly<Record<string, string>>;
  const cases: readonly (readonly [Environment, isTerminal: boolean, expected: boolean])[] = [
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, true, true],
    [{ TERM: "dumb" }, true, false],
    [{ CI: "true" }, true, false],
    [{ CI: "false" }, true, true],
    [{ CI: "true", FORCE_COLOR: "1" }, false, true],
  ];
  for (const [environment, isTerminal, expected] of cases) {
    const where = isTerminal ? "a terminal" : "a file";
    it(`${expected ? "are" : "are not"} used on ${where} with ${JSON.stringify(environment)}`, () => {
      assert.equal(usesColor(environment, isTerminal), expected);
      const text = themeFor(environment, isTerminal).paint("a", "good");
      assert.equal(text, expected ? "\u001b[32ma\u001b[39m" : "a");
    });
  }
});

describe("glyphs", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ LANG: "de_DE.UTF-8" }, "✓"],
    [{ LANG: "C.utf8" }, "✓"],
    [{ LANG: "C" }, "+"],
    [{}, "+"],
    [{ LANG: "de_DE.UTF-8", LC_ALL: "C" }, "+"],
    [{ LANG: "C", LC_CTYPE: "C.UTF-8", LC_ALL: "" }, "✓"],
    [{ LANG: "C.UTF-8", TERM: "linux" }, "+"],
  ];
  for (const [environment, expected] of cases) {
    it(`are ${expected} with ${JSON.stringify(environment)}`, () =>
      assert.equal(glyphsFor(environment).finished, expected));
  }
});
