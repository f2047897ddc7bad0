import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { durationsAt } from "../../../../provider/system/host/durations";

const sha256 = "a".repeat(64);

describe("durations of earlier runs", () => {
  let cache = "";
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "stylus-durations-"));
  });
  afterEach(() => rm(cache, { recursive: true, force: true }));

  const file = (): string => join(cache, "durations", `${sha256}-tcg.json`);

  it("are unknown before the first run", async () => {
    assert.equal(await durationsAt(cache, sha256, "tcg").expected("install"), undefined);
    assert.deepEqual(await readdir(cache), []);
  });

  it("are the median of the last five, for each stage, installer and accelerator", async () => {
    const durations = durationsAt(cache, sha256, "tcg");
    for (const seconds of [900, 50, 51, 300, 49, 52]) await durations.add("install", seconds);
    await durations.add("verify", 20.04);
    const again = durationsAt(cache, sha256, "tcg");
    assert.equal(await again.expected("install"), 51);
    assert.equal(await again.expected("verify"), 20);
    assert.equal(await durationsAt(cache, sha256, "kvm").expected("install"), undefined);
    assert.equal(await durationsAt(cache, "b".repeat(64), "tcg").expected("install"), undefined);
    assert.deepEqual(JSON.parse(await readFile(file(), "utf8")), {
      install: [50, 51, 300, 49, 52],
      verify: [20],
    });
  });

  for (const damaged of [
    "",
    "{",
    "[]",
    '{"install":"x"}',
    '{"install":[-1]}',
    '{"install":[1e999]}',
  ]) {
    it(`are unknown if the file is damaged, and the next run replaces it: ${damaged}`, async () => {
      await mkdir(join(cache, "durations"));
      await writeFile(file(), damaged);
      const durations = durationsAt(cache, sha256, "tcg");
      assert.equal(await durations.expected("install"), undefined);
      await durations.add("install", 7);
      assert.equal(await durations.expected("install"), 7);
    });
  }

  it("are readable by the user only, and leave no temporary file", async () => {
    await durationsAt(cache, sha256, "tcg").add("install", 7);
    assert.equal((await stat(file())).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(join(cache, "durations")), [`${sha256}-tcg.json`]);
  });

  it("do not fail the build if they cannot be written", async () => {
    await writeFile(join(cache, "durations"), "a file in the way");
    await chmod(cache, 0o500);
    const durations = durationsAt(cache, sha256, "tcg");
    await durations.add("install", 7);
    assert.equal(await durations.expected("install"), undefined);
  });
});
