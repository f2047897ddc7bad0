import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { dropUnrecoverable } from "../../../../provider/resource/image/drop-unrecoverable";
import { requireImageSpec } from "../../../../provider/schema/parse";
import { contentDigest, installKey, publicationAt, signal } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();

describe("dropUnrecoverable", () => {
  it("keeps artifacts in a folder that this machine cannot read", async () => {
    const uri = pathToFileURL(join(folder(), "a", "edge-1", "edge-1.raw")).href;
    const elsewhere = { ...publicationAt("directory:a", "raw"), uri };
    const spec = requireImageSpec({
      installer: "a",
      formats: ["raw"],
      publishTo: [{ type: "directory", path: "a" }],
    });
    const context = {
      rootDirectory: folder(),
      cacheDirectory: join(folder(), "cache"),
      warn: () => undefined,
      signal,
    };
    const image = { installKey, contentDigest, artifacts: [elsewhere] };
    assert.deepEqual(await dropUnrecoverable(spec, image, () => true, context), [elsewhere]);
  });
});
