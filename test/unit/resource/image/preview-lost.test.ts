import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withoutLost } from "../../../../provider/resource/image/preview-lost";
import { requireImageSpec } from "../../../../provider/schema/parse";
import { contentDigest, installKey, publicationAt, signal } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();

describe("withoutLost", () => {
  it("keeps what lies where this machine cannot look", async () => {
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
    assert.deepEqual(await withoutLost(spec, image, () => true, context), [elsewhere]);
  });
});
