import assert from "node:assert/strict";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { ConvertContext } from "../../../../provider/formats/format";
import { convertToVhd, vhdFooter } from "../../../../provider/formats/vhd/convert";
import { GiB, MiB } from "../../../../provider/base/size";
import { randomBuffer, randomFrom } from "../../../unit/formats/stream/random";
import { dataBytes, randomPieces, sparseDisk } from "../raw/disks";

const signal = new AbortController().signal;
const contentDigest = "0123456789abcdef".repeat(4);

describe("a fixed VHD", () => {
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-vhd-"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function convert(disk: string, changes: Partial<ConvertContext> = {}) {
    const output = join(folder, "disk.vhd");
    await rm(output, { force: true });
    const onProgress = () => undefined;
    return convertToVhd(disk, {
      output,
      contentDigest,
      remote: false,
      signal,
      onProgress,
      ...changes,
    });
  }

  it("is the disk with a footer behind it, and as sparse", async () => {
    for (const size of [MiB, 3 * MiB, 77 * MiB, 31 * GiB, 100 * GiB, 2040 * GiB]) {
      const pieces = randomPieces(size / MiB, size);
      const disk = await sparseDisk(join(folder, "base.raw"), size, pieces);
      const { path } = await convert(disk);
      assert.equal((await stat(path)).size, size + 512);
      await execa("qemu-img", ["compare", "-f", "raw", "-F", "vpc", disk, path]);
      const { stdout } = await execa("qemu-img", ["info", "-f", "vpc", "--output=json", path]);
      assert.equal((JSON.parse(stdout) as Record<string, unknown>)["virtual-size"], size);
      assert.ok((await dataBytes(path)) <= (await dataBytes(disk)) + 64 * 1024);
      const footer = await execa("tail", ["-c", "512", path], { encoding: "buffer" });
      assert.ok(vhdFooter(size, contentDigest).equals(footer.stdout));
    }
  });

  it("is hashed where a target is across a network", async () => {
    const disk = await sparseDisk(join(folder, "hash.raw"), 5 * MiB, randomPieces(3, 5 * MiB));
    assert.equal((await convert(disk)).sha256, undefined);
    const { path, sha256 } = await convert(disk, { remote: true });
    assert.equal((await execa("sha256sum", [path])).stdout.slice(0, 64), sha256);
  });

  it("is refused for a size that no VHD has, before anything is written", async () => {
    for (const size of [MiB + 512, 100, 2040 * GiB + MiB]) {
      const disk = await sparseDisk(join(folder, "odd.raw"), size, []);
      await assert.rejects(convert(disk), { code: "input.invalid", message: /2040 GiB/ });
      await assert.rejects(stat(join(folder, "disk.vhd")), { code: "ENOENT" });
    }
  });

  it("leaves the disk as it was", async () => {
    const disk = await sparseDisk(join(folder, "same.raw"), 2 * MiB, [
      [0, randomBuffer(randomFrom(5), MiB)],
    ]);
    const { path } = await convert(disk);
    const before = (await execa("sha256sum", [disk])).stdout;
    const handle = await open(path, "r+");
    await handle.write("changed in the copy", 0);
    await handle.close();
    assert.equal((await execa("sha256sum", [disk])).stdout, before);
  });

  it("ends at once when it was aborted", async () => {
    const disk = await sparseDisk(join(folder, "abort.raw"), MiB, []);
    await assert.rejects(convert(disk, { signal: AbortSignal.abort() }), {
      code: "build.cancelled",
    });
  });
});
