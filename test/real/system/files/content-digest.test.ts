import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { contentDigest } from "../../../../provider/system/files/content-digest";
import { dataExtents } from "../../../../provider/system/files/extents";
import { hashFile } from "../../../../provider/system/files/hash";
import { hashLocalFile, hashUsedFile } from "../../../../provider/system/files/local-hash";
import { GiB, MiB } from "../../../../provider/base/size";

const signal = new AbortController().signal;
const quiet = { signal, onProgress: () => undefined };
const block = 65_536;

describe("hashing sparse files", () => {
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-digest-"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** A sparse file with some pieces of data. */
  async function sparse(name: string, size: number, pieces: readonly [number, Buffer][]) {
    const path = join(folder, name);
    await writeFile(path, "");
    await truncate(path, size);
    const handle = await open(path, "r+");
    for (const [at, bytes] of pieces) await handle.write(bytes, 0, bytes.length, at);
    await handle.close();
    return path;
  }

  const pieces: [number, Buffer][] = [
    [0, randomBytes(100)],
    [block - 10, randomBytes(20)],
    [7 * block, Buffer.alloc(3 * block)],
    [5 * MiB + 4096, randomBytes(9 * MiB)],
    [40 * MiB - 777, randomBytes(777)],
  ];

  /** The definition of the content digest, implemented literally over the whole file. */
  async function byDefinition(path: string): Promise<string> {
    const bytes = await readFile(path);
    const u64 = (value: number) => {
      const eight = Buffer.alloc(8);
      eight.writeBigUInt64LE(BigInt(value));
      return eight;
    };
    const digest = createHash("sha256")
      .update("stylus-image content v1\n")
      .update(u64(bytes.length));
    for (let index = 0; index * block < bytes.length; index += 1) {
      const piece = bytes.subarray(index * block, (index + 1) * block);
      if (piece.every((byte) => byte === 0)) continue;
      digest.update(u64(index)).update(createHash("sha256").update(piece).digest());
    }
    return digest.digest("hex");
  }

  it("computes the digest as defined, whichever zeros are holes", async () => {
    const one = await sparse("one.raw", 40 * MiB, pieces);
    const full = join(folder, "full.raw");
    await execa("cp", ["--sparse=never", one, full]);
    const thin = join(folder, "thin.raw");
    await execa("cp", ["--sparse=always", one, thin]);
    const expected = await byDefinition(one);
    for (const path of [one, full, thin]) assert.equal(await contentDigest(path, quiet), expected);
  });

  it("handles a size that is no multiple of the block or the sector", async () => {
    const path = await sparse("odd.raw", 3 * block + 1234, [[3 * block + 1000, randomBytes(234)]]);
    assert.equal(await contentDigest(path, quiet), await byDefinition(path));
    assert.equal(await hashFile(path, quiet), await plainHash(path));
  });

  it("depends on the position of the content and on the size", async () => {
    const bytes = randomBytes(100);
    const digests = await Promise.all([
      sparse("a.raw", MiB, [[0, bytes]]).then((path) => contentDigest(path, quiet)),
      sparse("b.raw", MiB, [[block, bytes]]).then((path) => contentDigest(path, quiet)),
      sparse("c.raw", 2 * MiB, [[0, bytes]]).then((path) => contentDigest(path, quiet)),
      sparse("d.raw", MiB, []).then((path) => contentDigest(path, quiet)),
    ]);
    assert.equal(new Set(digests).size, 4);
  });

  it("hashes a file as sha256sum does, holes and all", async () => {
    const path = await sparse("two.raw", 40 * MiB, pieces);
    assert.equal(await hashFile(path, quiet), await plainHash(path));
    const hole = await sparse("hole.raw", 9 * MiB + 1, []);
    assert.equal(await hashFile(hole, quiet), await plainHash(hole));
    const empty = await sparse("empty.raw", 0, []);
    assert.equal(await hashFile(empty, quiet), await plainHash(empty));
  });

  it("reads only the data of 200 GiB", async () => {
    const path = await sparse("large.raw", 200 * GiB, [[150 * GiB, randomBytes(3 * MiB)]]);
    const extents = await dataExtents(path, signal);
    assert.deepEqual(extents, [{ start: 150 * GiB, length: 3 * MiB }]);
    const totals: number[] = [];
    await contentDigest(path, { signal, onProgress: (_, total) => totals.push(total) });
    assert.deepEqual([...new Set(totals)], [3 * MiB]);
  });

  it("reports progress to the end", async () => {
    const path = await sparse("progress.raw", 40 * MiB, pieces);
    const steps: number[] = [];
    await hashFile(path, { signal, onProgress: (done) => steps.push(done) });
    assert.equal(steps.at(-1), 40 * MiB);
    assert.deepEqual(
      steps,
      [...steps].sort((one, other) => one - other),
    );
  });

  it("ends when it is aborted on the way, in data and in holes", async () => {
    const path = await sparse("abort.raw", 50 * GiB, [[0, randomBytes(20 * MiB)]]);
    for (const stopAt of [5 * MiB, GiB]) {
      const abort = new AbortController();
      const onProgress = (done: number) => {
        if (done >= stopAt) abort.abort();
      };
      await assert.rejects(hashFile(path, { signal: abort.signal, onProgress }), {
        code: "build.cancelled",
      });
    }
    const abort = new AbortController();
    const onProgress = () => abort.abort();
    await assert.rejects(contentDigest(path, { signal: abort.signal, onProgress }), {
      code: "build.cancelled",
    });
  });

  it("caches a local file's hash until the file changes", async () => {
    const cacheDirectory = join(folder, "cache");
    const path = await sparse("local.iso", MiB, [[0, randomBytes(MiB)]]);
    let reads = 0;
    const onProgress = () => (reads += 1);
    const hash = () => hashLocalFile(path, { cacheDirectory, signal, onProgress });
    const first = await hash();
    assert.equal(first, await plainHash(path));
    assert.equal(reads, 1);
    assert.equal(await hash(), first);
    assert.equal(reads, 1);
    // The size and the modification time are the same; the change time differs.
    const { atime, mtime } = await stat(path);
    const handle = await open(path, "r+");
    await handle.write(randomBytes(10), 0, 10, 500);
    await handle.utimes(atime, mtime);
    await handle.close();
    assert.notEqual(await hash(), first);
    assert.equal(reads, 2);
  });

  it("hashes a file once for concurrent callers", async () => {
    const cacheDirectory = join(folder, "shared-cache");
    const path = await sparse("shared.iso", MiB, [[0, randomBytes(MiB)]]);
    let reads = 0;
    const onProgress = () => (reads += 1);
    const asking = Array.from({ length: 20 }, () =>
      hashLocalFile(path, { cacheDirectory, signal, onProgress }),
    );
    assert.deepEqual(new Set(await Promise.all(asking)), new Set([await plainHash(path)]));
    assert.equal(reads, 1);
  });

  it("always hashes a file that is about to be used, and caches the hash", async () => {
    const cacheDirectory = join(folder, "used-cache");
    const path = await sparse("used.iso", MiB, [[0, randomBytes(MiB)]]);
    const first = await hashLocalFile(path, { cacheDirectory, signal });
    const { stdout } = await execa("find", [cacheDirectory, "-type", "f"]);
    const remembered = await readFile(stdout, "utf8");
    await writeFile(stdout, remembered.replace(first, "0".repeat(64)));
    assert.equal(await hashLocalFile(path, { cacheDirectory, signal }), "0".repeat(64));
    assert.equal(await hashUsedFile(path, { cacheDirectory, signal }), first);
    assert.equal(await hashLocalFile(path, { cacheDirectory, signal }), first);
  });

  it("hashes again if the cached entry is damaged", async () => {
    const cacheDirectory = join(folder, "damaged-cache");
    const path = await sparse("damaged.iso", MiB, [[0, randomBytes(MiB)]]);
    const first = await hashLocalFile(path, { cacheDirectory, signal });
    const { stdout } = await execa("find", [cacheDirectory, "-type", "f"]);
    await writeFile(stdout, '{"path":');
    assert.equal(await hashLocalFile(path, { cacheDirectory, signal }), first);
  });

  it("refuses a file that changes while it is read, and a missing one", async () => {
    const cacheDirectory = join(folder, "changing");
    const path = await sparse("changing.iso", 20 * MiB, [[0, randomBytes(20 * MiB)]]);
    const onProgress = () => utimesSync(path, 1, 1);
    await assert.rejects(hashLocalFile(path, { cacheDirectory, signal, onProgress }), {
      code: "installer.changed",
    });
    await assert.rejects(hashLocalFile(join(folder, "absent"), { cacheDirectory, signal }), {
      code: "installer.not-found",
      message: /installer\.path/,
    });
  });
});

async function plainHash(path: string): Promise<string> {
  return (await execa("sha256sum", [path])).stdout.slice(0, 64);
}
