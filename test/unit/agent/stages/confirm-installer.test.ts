import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { confirmInstaller } from "../../../../provider/agent/stages/fetch";
import { buildFor } from "../samples";
import { temporaryFolder } from "../temporary-folder";

const folder = temporaryFolder();

describe("confirmInstaller", () => {
  it("refuses an installer that was replaced during the install", async () => {
    const path = join(folder(), "a.iso");
    await writeFile(path, "as it was fetched");
    const sha256 = createHash("sha256").update("as it was fetched").digest("hex");
    const build = buildFor({ folder: folder(), targets: [] });
    await confirmInstaller(build, { path, sha256 });
    await writeFile(path, "another one");
    const said = /a\.iso has the SHA-256 .* when the image was planned\. .*\[installer\.changed\]/;
    await assert.rejects(confirmInstaller(build, { path, sha256 }), said);
  });
});
