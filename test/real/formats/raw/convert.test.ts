import assert from "node:assert/strict";
import {
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { ConvertContext } from "../../../../provider/formats/format";
import { convertToRaw, expandRaw } from "../../../../provider/formats/raw/convert";
import { checkZstd, startGzipCheck } from "../../../../provider/formats/stream/check";
import { GiB, MiB } from "../../../../provider/base/size";
import { randomBuffer, randomFrom } from "../../../unit/formats/stream/random";
import { dataBytes, randomPieces, sparseDisk } from "./disks";

const signal = new AbortController().signal;
const compressions = ["zstd", "gzip"] as const;
const bytes = (seed: number, length: number) => randomBuffer(randomFrom(seed), length);

interface Outcome {
  readonly hashes: readonly string[];
  readonly peakMiB: number;
  readonly code?: string;
}

/** Runs a program in a mount namespace of its own. */
const mounted = (mount: string) =>
  ["unshare", "--mount", "sh", "-c", `mount ${mount} && exec "$@"`, "sh"] as const;

describe("a compressed raw disk", () => {
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-raw-"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function convert(
    disk: string,
    compression: (typeof compressions)[number],
    changes: Partial<ConvertContext> = {},
  ) {
    const output = join(folder, `${compression}.packed`);
    await rm(output, { force: true });
    const context = { output, contentDigest: "ab".repeat(32), remote: true, signal };
    const onProgress = () => undefined;
    return convertToRaw(disk, { type: "raw", compression }, { ...context, onProgress, ...changes });
  }

  /** Compares the program's output for the file with the disk. */
  async function assertReads(packed: string, program: string, disk: string): Promise<void> {
    const script = 'set -o pipefail; "$0" -dc < "$1" | cmp - "$2"';
    await execa("bash", ["-c", script, program, packed, disk]);
  }

  const layouts: readonly [string, number, readonly (readonly [number, Buffer])[]][] = [
    ["one byte", 1, [[0, Buffer.from("a")]]],
    ["all zero, smaller than a piece", 5000, []],
    ["all zero, of no whole piece", 9 * MiB + 77, []],
    ["all data, of no whole piece", 5 * MiB + 1, [[0, bytes(1, 5 * MiB + 1)]]],
    [
      "data at both ends",
      64 * MiB,
      [
        [0, bytes(2, 10)],
        [64 * MiB - 10, bytes(3, 10)],
      ],
    ],
    ["data across pieces", 16 * MiB, [[2 * MiB - 5, bytes(4, 4 * MiB + 10)]]],
    ["zeros that are no holes", 16 * MiB, [[0, Buffer.alloc(16 * MiB)]]],
  ];

  for (const compression of compressions) {
    for (const [name, size, pieces] of layouts) {
      it(`is read by ${compression}, and given back: ${name}`, async () => {
        const disk = await sparseDisk(join(folder, "disk.raw"), size, pieces);
        const { path, sha256 } = await convert(disk, compression);
        assert.equal((await execa("sha256sum", [path])).stdout.slice(0, 64), sha256);
        await assertReads(path, compression, disk);
        await assertGivesBack(path, compression, disk);
      });
    }

    it(`gives back any disk (${compression})`, async () => {
      for (let seed = 1; seed <= 6; seed += 1) {
        const size = 1 + Math.floor(randomFrom(seed)() * 40 * MiB);
        const disk = await sparseDisk(join(folder, "any.raw"), size, randomPieces(seed, size));
        const { path } = await convert(disk, compression);
        await assertReads(path, compression, disk);
        await assertGivesBack(path, compression, disk);
      }
    });

    it(`has the same bytes whichever zeros are holes (${compression})`, async () => {
      const disk = await sparseDisk(join(folder, "one.raw"), 30 * MiB, randomPieces(11, 30 * MiB));
      const full = join(folder, "full.raw");
      await execa("cp", ["--sparse=never", disk, full]);
      const { sha256 } = await convert(disk, compression);
      assert.equal((await convert(full, compression)).sha256, sha256);
    });

    it(`ends when it is aborted half-way, and holds nothing open (${compression})`, async () => {
      const size = 60 * MiB;
      const disk = await sparseDisk(join(folder, "abort.raw"), size, [[0, bytes(5, size)]]);
      const abort = new AbortController();
      const onProgress = (percent: number) => {
        if (percent > 30) abort.abort();
      };
      await assert.rejects(convert(disk, compression, { signal: abort.signal, onProgress }), {
        code: "build.cancelled",
      });
      assert.deepEqual(await openFiles(folder), []);
    });

    it(`refuses to give back what is cut or damaged (${compression})`, async () => {
      const disk = await sparseDisk(join(folder, "bad.raw"), 8 * MiB, [[MiB, bytes(6, 3 * MiB)]]);
      const { path } = await convert(disk, compression);
      const whole = await readFile(path);
      const middle = Math.floor(whole.length / 2);
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(middle) ^ 0x10, middle);
      for (const bad of [whole.subarray(0, middle), damaged]) {
        await writeFile(path, bad);
        const back = join(folder, "bad.back");
        await assert.rejects(expandRaw(path, compression, back, signal), {
          code: "convert.failed",
        });
      }
      assert.deepEqual(await openFiles(folder), []);
    });
  }

  async function assertGivesBack(
    packed: string,
    compression: (typeof compressions)[number],
    disk: string,
  ): Promise<void> {
    const back = join(folder, "back.raw");
    await writeFile(back, "something longer that is there already");
    await expandRaw(packed, compression, back, signal);
    await execa("cmp", [disk, back]);
    assert.ok((await dataBytes(back)) <= contentBytes(await readFile(disk)));
  }

  it("needs neither time nor space for holes", async () => {
    const size = 2048 * GiB;
    const pieces = [
      [500 * GiB, bytes(7, MiB)],
      [size - 5, bytes(8, 5)],
    ] as const;
    const disk = await sparseDisk(join(folder, "large.raw"), size, pieces);
    const { path } = await convert(disk, "zstd");
    // zstd achieves 32 KiB per GiB.
    assert.ok((await stat(path)).size < 68 * MiB);
    const back = join(folder, "large.back");
    await expandRaw(path, "zstd", back, signal);
    await execa("qemu-img", ["compare", "-f", "raw", "-F", "raw", disk, back]);
    assert.ok((await dataBytes(back)) <= 2 * MiB);
    await rm(path);
  });

  it("is not touched where nothing compresses it", async () => {
    const disk = await sparseDisk(join(folder, "none.raw"), 3 * MiB, [[0, bytes(9, 100)]]);
    const context = { output: join(folder, "none.out"), contentDigest: "", signal };
    const quiet = { ...context, onProgress: () => undefined };
    const here = await convertToRaw(disk, { type: "raw" }, { ...quiet, remote: false });
    assert.deepEqual(here, { path: disk, sha256: undefined });
    const far = await convertToRaw(disk, { type: "raw" }, { ...quiet, remote: true });
    assert.equal(far.sha256, (await execa("sha256sum", [disk])).stdout.slice(0, 64));
    const back = join(folder, "none.back");
    await expandRaw(disk, "none", back, signal);
    await execa("cmp", [disk, back]);
  });

  it("is refused by its check when a reader would refuse it", async () => {
    const disk = await sparseDisk(join(folder, "check.raw"), 4 * MiB, [[0, bytes(10, 3 * MiB)]]);
    const { path } = await convert(disk, "zstd");
    await checkZstd(path, 4 * MiB, signal);
    await assert.rejects(checkZstd(path, 5 * MiB, signal), { code: "convert.failed" });
    const damaged = await readFile(path);
    damaged.writeUInt8(damaged.readUInt8(100_000) ^ 1, 100_000);
    await writeFile(path, damaged);
    await assert.rejects(checkZstd(path, 4 * MiB, signal), { code: "convert.failed" });

    const check = startGzipCheck(signal);
    await check.add({ packed: Buffer.from("this was never deflated"), length: 23, crc: 1 });
    await assert.rejects(check.finish(), { code: "convert.failed" });
  });

  it("has the same bytes on one core and on many, in any time zone", async () => {
    const disk = await sparseDisk(join(folder, "same.raw"), GiB, [
      ...randomPieces(21, 30 * MiB),
      [900 * MiB, bytes(12, 9 * MiB)],
    ]);
    const formats = [
      { type: "raw", compression: "zstd" },
      { type: "raw", compression: "gzip" },
      { type: "gce" },
      { type: "vhd" },
    ];
    const ways: readonly [readonly string[], Readonly<Record<string, string>>][] = [
      [[], { UV_THREADPOOL_SIZE: "64", TZ: "Asia/Tokyo" }],
      [["taskset", "-c", "0"], { UV_THREADPOOL_SIZE: "1", TZ: "America/Lima" }],
    ];
    const found: (readonly string[])[] = [];
    for (const [before, env] of ways) {
      found.push((await runConvert(before, disk, formats, env)).hashes);
    }
    assert.equal(new Set(found[0]).size, formats.length);
    assert.deepEqual(found[1], found[0]);
  });

  it("is checked without the zstd program where that is missing", async () => {
    const disk = await sparseDisk(join(folder, "no.raw"), 9 * MiB, randomPieces(41, 9 * MiB));
    const { sha256 } = await convert(disk, "zstd");
    const format = { type: "raw", compression: "zstd" };
    const { stdout: program } = await execa("sh", ["-c", "command -v zstd"]);
    const outcome = await runConvert(mounted(`--bind /dev/null ${program}`), disk, [format], {});
    assert.deepEqual(outcome.hashes, [sha256]);
  });

  it("is host.disk-full when there is no room for it", async () => {
    const size = 8 * MiB;
    const disk = await sparseDisk(`${folder}-full.raw`, size, [[0, bytes(13, size)]]);
    for (const type of ["raw", "gce", "vhd"]) {
      const format = type === "raw" ? { type, compression: "zstd" } : { type };
      const grown = type === "gce" ? GiB : size;
      await truncate(disk, grown);
      const full = mounted(`-t tmpfs -o size=2M none ${folder}`);
      assert.equal((await runConvert(full, disk, [format], {})).code, "host.disk-full", type);
      await truncate(disk, size);
    }
    await rm(disk);
  });

  it("is made in memory that does not grow with the disk", async () => {
    const text = Buffer.from("a line that is easy to compress, number 0123456789\n".repeat(41_121));
    const pieces = (count: number) =>
      Array.from({ length: count }, (_, index) => [index * 3 * MiB, text] as const);
    for (const compression of compressions) {
      const format = { type: "raw", compression };
      const peaks: number[] = [];
      for (const [size, count] of [
        [GiB, 60],
        [20 * GiB, 180],
      ] as const) {
        const disk = await sparseDisk(join(folder, "memory.raw"), size, pieces(count));
        peaks.push((await runConvert([], disk, [format], {})).peakMiB);
        await rm(disk);
      }
      const [small, large] = peaks;
      assert.ok(large! < small! + 64, `${compression}: ${small} and ${large} MiB`);
    }
  });

  async function runConvert(
    before: readonly string[],
    disk: string,
    formats: readonly object[],
    env: Readonly<Record<string, string>>,
  ): Promise<Outcome> {
    const output = join(folder, "child.out");
    await rm(output, { force: true });
    const script = join(__dirname, "convert-in-process.ts");
    const node = ["node", "--require", "ts-node/register/transpile-only", script];
    const [program, ...args] = [...before, ...node, disk, output, JSON.stringify(formats)];
    const { stdout } = await execa(program, args, { env: { UV_THREADPOOL_SIZE: "16", ...env } });
    return JSON.parse(stdout) as Outcome;
  }
});

/** Allocated bytes of a disk on which each zero block of 64 KiB is a hole. */
function contentBytes(disk: Buffer): number {
  const size = 64 * 1024;
  const zeros = Buffer.alloc(size);
  let blocks = 0;
  for (let at = 0; at < disk.length; at += size) {
    const block = disk.subarray(at, at + size);
    if (!block.equals(zeros.subarray(0, block.length))) blocks += 1;
  }
  return blocks * size;
}

/** Files below a folder that this process has open. */
async function openFiles(folder: string): Promise<string[]> {
  const names = await readdir("/proc/self/fd");
  const targets = await Promise.all(
    names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
  );
  return targets.filter((target) => target.startsWith(folder));
}
