import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "../../../provider/base/errors";

const tests = join(__dirname, "..", "..");

/** Source text of the tests that use real parts, without faults that a test's own agent simulates. */
function textOfRealTests(): string {
  return ["real", "faults", "e2e", "contract"]
    .flatMap((folder) =>
      readdirSync(join(tests, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(join(tests, folder, name), "utf8")),
    )
    .join("\n")
    .replace(/\bfail: "[^"]*"/g, "");
}

describe("Every error code", () => {
  const text = textOfRealTests();

  for (const code of errorCodes) {
    it(`is named by a test against real parts: ${code}`, () =>
      assert.ok(text.includes(`"${code}"`), "no test in real, faults, e2e or contract names it"));
  }
});
