import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { ConvertContext } from "../../../../provider/formats/format";
import { convertToGce } from "../../../../provider/formats/gce/convert";
import { GiB, MiB } from "../../../../provider/base/size";
import { randomBuffer, randomFrom } from "../../../unit/formats/stream/random";
import { dataBytes, randomPieces, sparseDisk, type DiskPiece } from "../raw/disks";

const signal = new AbortController().signal;
const random = randomFrom(31);

/** Pieces at distances that require one map entry each. */
const scattered = (count: number): DiskPiece[] =>
  Array.from({ length: count }, (_, index) => [index * 3 * MiB + 4096, randomBuffer(random, 300)]);

describe("an archive for Google Cloud", () => {
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-gce:"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function convert(disk: string, changes: Partial<ConvertContext> = {}) {
    const output = join(folder, "disk.tar.gz");
    await rm(output, { force: true });
    const onProgress = () => undefined;
    const context = { output, contentDigest: "ab".repeat(32), remote: true, signal, onProgress };
    return convertToGce(disk, { ...context, ...changes });
  }

  async function unpack(archive: string): Promise<string> {
    const there = join(folder, "unpacked");
    await rm(there, { recursive: true, force: true });
    await mkdir(there);
    await execa("tar", ["-xzSf", archive, "--force-local", "-C", there]);
    return join(there, "disk.raw");
  }

  const disks: readonly [string, number, readonly DiskPiece[]][] = [
    ["nothing but holes", GiB, []],
    ["one run at the start", GiB, [[0, randomBuffer(random, MiB)]]],
    ["a run up to the end", GiB, [[GiB - 70_000, randomBuffer(random, 70_000)]]],
    ["as many runs as a header takes, with the end", GiB, scattered(3)],
    ["one more", GiB, scattered(4)],
    ["a full block of runs", GiB, scattered(24)],
    ["a second block of runs", GiB, scattered(25)],
    ["many blocks of runs", GiB, scattered(300)],
    ["zeros that are no holes", GiB, [[MiB, Buffer.alloc(3 * MiB)]]],
    [
      "data beyond 8 GiB",
      100 * GiB,
      [
        [9 * GiB, randomBuffer(random, MiB)],
        [99 * GiB, Buffer.from("x")],
      ],
    ],
    ["pieces anywhere", GiB, randomPieces(32, GiB)],
  ];

  for (const [name, size, pieces] of disks) {
    it(`gives tar the disk again, as sparse: ${name}`, async () => {
      const disk = await sparseDisk(join(folder, "base.raw"), size, pieces);
      const { path, sha256 } = await convert(disk);
      assert.equal(
        (await execa("sha256sum", [path], { shell: false })).stdout.slice(0, 64),
        sha256,
      );
      const back = await unpack(path);
      await assertSame(disk, back);
      assert.equal((await stat(back)).size, size);
      assert.ok((await dataBytes(back)) <= pieces.length * 128 * 1024 + 8 * MiB);
    });
  }

  it("holds disk.raw alone, for a reader of another make as well", async () => {
    const disk = await sparseDisk(join(folder, "python.raw"), 12 * GiB, scattered(30));
    const { path } = await convert(disk);
    const script = [
      "import sys, tarfile",
      "entries = tarfile.open(sys.argv[1]).getmembers()",
      "print([(e.name, e.size, e.mode, e.uid, e.mtime, e.issparse(), len(e.sparse)) for e in entries])",
    ].join("\n");
    const { stdout } = await execa("python3", ["-c", script, path]);
    assert.match(stdout, /^\[\('disk\.raw', 12884901888, 420, 0, 0, True, 3[01]\)\]$/);
  });

  it("needs neither time nor space for holes", async () => {
    const disk = await sparseDisk(join(folder, "large.raw"), 2048 * GiB, [
      [2000 * GiB, randomBuffer(random, MiB)],
    ]);
    const { path } = await convert(disk);
    assert.ok((await stat(path)).size < 2 * MiB);
    await assertSame(disk, await unpack(path));
  });

  it("has the same bytes whichever zeros are holes", async () => {
    const disk = await sparseDisk(join(folder, "holes.raw"), GiB, randomPieces(33, 40 * MiB));
    const { sha256 } = await convert(disk);
    const filled = join(folder, "filled.raw");
    await execa("cp", [disk, filled]);
    await execa("fallocate", ["--length", "20M", "--zero-range", "--offset", "50M", filled]);
    await sparseRewrite(filled, [[60 * MiB, Buffer.alloc(7 * MiB)]]);
    assert.equal((await convert(filled)).sha256, sha256);
  });

  it("is refused for a disk of no whole GiB, before anything is written", async () => {
    for (const size of [GiB + 512, 100 * MiB]) {
      const disk = await sparseDisk(join(folder, "odd.raw"), size, []);
      await assert.rejects(convert(disk), { code: "input.invalid", message: /whole GiB/ });
      await assert.rejects(stat(join(folder, "disk.tar.gz")), { code: "ENOENT" });
    }
  });

  it("ends when it is aborted half-way", async () => {
    const disk = await sparseDisk(join(folder, "abort.raw"), GiB, [
      [0, randomBuffer(random, 40 * MiB)],
    ]);
    const abort = new AbortController();
    const onProgress = (percent: number) => {
      if (percent > 30) abort.abort();
    };
    await assert.rejects(convert(disk, { signal: abort.signal, onProgress }), {
      code: "build.cancelled",
    });
  });

  // qemu-img reads `a:b` as a protocol, and this folder has a colon in its name.
  async function assertSame(one: string, other: string): Promise<void> {
    const files = [one, other].map((path) => `file:${path}`);
    await execa("qemu-img", ["compare", "-f", "raw", "-F", "raw", ...files]);
  }
});

async function sparseRewrite(path: string, pieces: readonly DiskPiece[]): Promise<void> {
  for (const [at, bytes] of pieces) {
    await execa("dd", [`of=${path}`, "bs=1M", `seek=${at / MiB}`, "conv=notrunc", "status=none"], {
      input: bytes,
    });
  }
}
