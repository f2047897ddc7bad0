import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BundleHashes } from "../../../../provider/plan/iso/layout";
import { hashBundles } from "../../../../provider/resource/image/bundle-hashes";
import { asStylusError } from "../../../../provider/base/errors";
import { formatSchema } from "../../../../provider/schema/formats";
import { digest, signal } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();
const sha256 = createHash("sha256").update("content").digest("hex");

let warnings: string[];
const hash = (...contentBundles: unknown[]) => hashAfter({}, ...contentBundles);
const hashAfter = (bundles: BundleHashes, ...contentBundles: unknown[]) =>
  hashBundles([formatSchema.parse("raw"), formatSchema.parse({ type: "iso", contentBundles })], {
    rootDirectory: folder(),
    cacheDirectory: folder(),
    previous: { bundles },
    warn: (message) => warnings.push(message),
    signal,
  });

describe("hashBundles", () => {
  beforeEach(async () => {
    warnings = [];
    await writeFile(join(folder(), "a.tar.zst"), "content");
    await mkdir(join(folder(), "folder.tar.zst"));
  });

  it("returns the hash of each bundle, with paths relative to the project's root", async () => {
    assert.deepEqual(await hash("a.tar.zst"), { "a.tar.zst": sha256 });
  });
  it("accepts the right pinned hash", async () => {
    assert.deepEqual(await hash({ path: "a.tar.zst", sha256 }), { "a.tar.zst": sha256 });
  });
  it("reports every missing or different file with its property path", async () => {
    const wrong = hash({ path: "a.tar.zst", sha256: digest("0") }, "gone.tar.zst");
    await assert.rejects(wrong, (thrown: unknown) => {
      const { code, details } = asStylusError(thrown);
      assert.equal(code, "input.invalid");
      const [other, gone] = details.problems ?? [];
      assert.equal(other?.path, "formats[1].contentBundles[0]");
      assert.equal(other.reason, `has the SHA-256 ${sha256}, expected ${digest("0")}`);
      assert.equal(gone?.path, "formats[1].contentBundles[1]");
      assert.match(gone.reason, /cannot be read: ENOENT/);
      return true;
    });
  });
  for (const path of ["gone.tar.zst", "folder.tar.zst"]) {
    it(`keeps the known hash of ${path}, which cannot be read, and warns`, async () => {
      const pin = digest("1");
      assert.deepEqual(await hash({ path, sha256: pin }), { [path]: pin });
      assert.deepEqual(await hashAfter({ [path]: pin }, path), { [path]: pin });
      assert.equal(warnings.length, 2);
      for (const warning of warnings) {
        assert.match(warning, /could not be checked for changes; the iso is kept\./);
        assert.ok(warning.includes(path));
      }
    });
  }
});
