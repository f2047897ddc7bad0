import assert from "node:assert/strict";
import { entryFault, entryNotice } from "../../../sdk/provider-entry";
import { temporaryFolder } from "../agent/temporary-folder";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = temporaryFolder();
const installed = (place: string, version: string) => ({
  manifest: `/${place}/package.json`,
  version,
});
const used = installed("used", "1.9.0");

describe("the provider that the program's folder leads to", () => {
  for (const [what, found] of [
    ["the same", used],
    ["another copy of the same version", installed("other", "1.9.0")],
    ["a newer one", installed("other", "1.10.0")],
  ] as const) {
    it(`serves the program where it is ${what}`, () =>
      assert.equal(entryFault("/p", used, found), undefined));
  }

  for (const [what, found, reason] of [
    ["is missing", undefined, /finds no pulumi-stylus-image from/],
    ["is older", installed("old", "1.8.9"), /\/used\/.* 1\.9\.0.*older 1\.8\.9 of \/old\//],
  ] as const) {
    it(`is refused where it ${what}, with the line that mends it and the file next above`, async () => {
      await writeFile(join(folder(), "package.json"), "{}");
      const program = join(folder(), "infra");
      await mkdir(program, { recursive: true });
      const fault = entryFault(program, used, found) ?? "";
      assert.match(fault, reason);
      const line = `Add the line "pulumi-stylus-image": "^1.9.0" to "dependencies" in ${folder()}/package.json`;
      assert.ok(fault.includes(line), fault);
    });
  }

  it("is named where it is newer than what the program uses", () => {
    const notice = entryNotice(used, installed("new", "2.0.0")) ?? "";
    assert.match(notice, /\/used\/package\.json is version 1\.9\.0.* 2\.0\.0 of \/new\//);
    assert.equal(entryNotice(used, installed("new", "1.9.0")), undefined);
    assert.equal(entryNotice(undefined, used), undefined);
  });
});
