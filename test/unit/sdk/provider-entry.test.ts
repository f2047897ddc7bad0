import assert from "node:assert/strict";
import { entryError, entryNotice } from "../../../sdk/provider-entry";
import { temporaryFolder } from "../agent/temporary-folder";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = temporaryFolder();
const installed = (place: string, version: string) => ({
  manifest: `/${place}/package.json`,
  version,
});
const used = installed("used", "1.9.0");

describe("the provider that is found from the program's folder", () => {
  for (const [what, found] of [
    ["the same", used],
    ["another copy of the same version", installed("other", "1.9.0")],
    ["a newer one", installed("other", "1.10.0")],
  ] as const) {
    it(`is accepted if it is ${what}`, () =>
      assert.equal(entryError("/p", used, found), undefined));
  }

  for (const [what, found, reason] of [
    ["is missing", undefined, /cannot find pulumi-stylus-image from/],
    ["is older", installed("old", "1.8.9"), /\/used\/.* 1\.9\.0.*older 1\.8\.9 of \/old\//],
  ] as const) {
    it(`is rejected if it ${what}, with the line to add and the nearest package.json`, async () => {
      await writeFile(join(folder(), "package.json"), "{}");
      const program = join(folder(), "infra");
      await mkdir(program, { recursive: true });
      const error = entryError(program, used, found) ?? "";
      assert.match(error, reason);
      const line = `Add the line "pulumi-stylus-image": "^1.9.0" to "dependencies" in ${folder()}/package.json`;
      assert.ok(error.includes(line), error);
    });
  }

  it("is named in a notice if it is newer than the program's version", () => {
    const notice = entryNotice(used, installed("new", "2.0.0")) ?? "";
    assert.match(notice, /\/used\/package\.json is version 1\.9\.0.* 2\.0\.0 of \/new\//);
    assert.equal(entryNotice(used, installed("new", "1.9.0")), undefined);
    assert.equal(entryNotice(undefined, used), undefined);
  });
});
