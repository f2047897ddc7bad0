import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { ConvertContext } from "../../../../provider/formats/format";
import { convertToQcow2, qcow2Encoder } from "../../../../provider/formats/qcow2/convert";
import { GiB, KiB, MiB } from "../../../../provider/base/size";
import { readQcow2 } from "../../../unit/formats/qcow2/reader";
import { digestOf, randomPieces, seeded, sparseDisk, type Piece } from "../vmdk/disks";

const cluster = 64 * KiB;
const both = ["zlib", "zstd"] as const;

const checkSchema = z.object({
  "check-errors": z.number(),
  "image-end-offset": z.number(),
  leaks: z.number().optional(),
  corruptions: z.number().optional(),
});

describe("a qcow2 image", () => {
  let folder = "";
  let made = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-qcow2-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const disk = (size: number, pieces: readonly Piece[], next = seeded(1)) =>
    sparseDisk(join(folder, `disk-${++made}.raw`), size, pieces, next);

  async function convert(
    path: string,
    compression: "zlib" | "zstd" | "none" = "zlib",
    context: Partial<ConvertContext> = {},
  ) {
    const output = join(folder, `made-${++made}.qcow2`);
    const signal = new AbortController().signal;
    const told = { output, contentDigest: "", remote: false, signal, onProgress: () => undefined };
    const { path: qcow2, sha256 } = await convertToQcow2(path, compression, {
      ...told,
      ...context,
    });
    assert.equal(sha256, await digestOf(qcow2));
    return { qcow2, sha256 };
  }

  async function checkWithQemu(qcow2: string): Promise<void> {
    const { stdout } = await execa("qemu-img", ["check", "--output=json", "-f", "qcow2", qcow2]);
    const { size } = await stat(qcow2);
    const clean = { "check-errors": 0, "image-end-offset": size };
    assert.deepEqual(checkSchema.parse(JSON.parse(stdout)), clean);
  }

  /** All available readers return the content of the (small) disk. */
  async function readByAll(qcow2: string, path: string): Promise<void> {
    await checkWithQemu(qcow2);
    const bytes = await readFile(path);
    const read = readQcow2(await readFile(qcow2));
    const size = Math.ceil(bytes.length / 512) * 512;
    assert.equal(read.virtualSize, size);
    const whole = Buffer.alloc(Math.ceil(size / cluster) * cluster);
    for (const [index, content] of read.clusters) whole.set(content, index * cluster);
    assert.ok(whole.subarray(0, bytes.length).equals(bytes), "as specified");
    assert.ok(whole.subarray(bytes.length).every((byte) => byte === 0));
    const back = join(folder, "back.raw");
    await execa("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", qcow2, back]);
    assert.ok((await readFile(back)).equals(whole.subarray(0, size)), "qemu-img");
    if (read.compressionType !== 0) return;
    const options = { encoding: "buffer", maxBuffer: GiB } as const;
    const { stdout } = await execa("7z", ["e", "-so", "-tqcow", qcow2], options);
    assert.ok(whole.subarray(0, size).equals(stdout), "7z");
  }

  for (const [seed, size] of [
    [1, 512],
    [2, cluster - 512],
    [3, cluster + 512],
    [4, 33 * MiB + 1024],
    [5, 66 * MiB],
    [6, 3 * MiB + 777],
  ] as const) {
    for (const compression of both) {
      it(`of ${size} bytes by ${compression} is read alike by QEMU, 7-Zip and the specification`, async () => {
        const next = seeded(seed);
        const path = await disk(size, randomPieces(next, size, 40), next);
        await readByAll((await convert(path, compression)).qcow2, path);
      });
    }
  }

  for (const [what, size, pieces, most] of [
    ["holes", 70 * MiB, [], 4 * cluster],
    ["written zeros", 70 * MiB, [[MiB + 7, 5 * MiB, "zeros"]], 4 * cluster],
    ["noise", 9 * MiB, [[0, 9 * MiB, "noise"]], 9 * MiB + 5 * cluster],
    ["one byte at its end", 9 * MiB + 1, [[9 * MiB, 1, "noise"]], 6 * cluster],
    ["nothing at all", 0, [], 4 * cluster],
  ] as const) {
    it(`of ${what} takes ${most / KiB} KiB`, async () => {
      const path = await disk(size, pieces);
      for (const compression of both) {
        const { qcow2 } = await convert(path, compression);
        assert.equal((await stat(qcow2)).size, most);
        if (size > 0) await readByAll(qcow2, path);
      }
    });
  }

  for (const compression of both) {
    it(`by ${compression} is no larger than QEMU's`, async () => {
      const next = seeded(11);
      const size = 120 * MiB;
      const path = await disk(size, randomPieces(next, size, 150), next);
      const { qcow2 } = await convert(path, compression);
      const other = join(folder, "other.qcow2");
      const options = ["-c", "-o", `compression_type=${compression}`];
      await execa("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", ...options, path, other]);
      assert.ok((await stat(qcow2)).size <= (await stat(other)).size);
      await checkWithQemu(qcow2);
    });
  }

  it("has the same bytes on one core and on many, whatever the holes, the folder and the time zone", async () => {
    const next = seeded(7);
    const path = await disk(60 * MiB, randomPieces(next, 60 * MiB, 60), next);
    const filled = join(folder, "filled.raw");
    await execa("cp", ["--sparse=never", path, filled]);
    const elsewhere = join(folder, "in: a, place");
    await mkdir(elsewhere);
    const program = join(__dirname, "make.ts");
    for (const compression of both) {
      const { sha256 } = await convert(filled, compression);
      for (const [pool, command] of [
        ["1", ["node"]],
        ["64", ["node"]],
        ["16", ["taskset", "-c", "0", "node"]],
      ] as const) {
        const output = join(elsewhere, `${compression}-${pool}.qcow2`);
        const register = ["--require", "ts-node/register/transpile-only"];
        const args = [...register, program, path, output, compression];
        const env = { UV_THREADPOOL_SIZE: pool, TZ: "Asia/Tokyo" };
        const [first, ...rest] = command;
        const { stdout } = await execa(first, [...rest, ...args], { env });
        assert.equal(stdout.split(" ")[0], sha256);
        assert.equal(await digestOf(output), sha256);
      }
    }
  });

  it("of 2 TiB with data all over takes little memory and the size of its data", async () => {
    const next = seeded(8);
    const size = 2048 * GiB;
    const places = Array.from({ length: 300 }, (_, at) => at * 6 * GiB + Math.floor(next() * GiB));
    const path = await disk(size, [
      ...places.map((start): Piece => [start, 5000, "text"]),
      [size - 60 * MiB, 60 * MiB, "noise"],
    ]);
    const output = join(folder, "large.qcow2");
    const program = join(__dirname, "make.ts");
    const args = ["--require", "ts-node/register/transpile-only", program, path, output];
    const { stdout } = await execa("node", args);
    const grown = Number(stdout.split(" ")[1]);
    assert.ok(grown < 100, `${grown} MiB`);
    assert.ok((await stat(output)).size < 60 * MiB + 325 * cluster);
    await checkWithQemu(output);
  });

  it("reports rising progress from writing and checking", async () => {
    const path = await disk(400 * MiB, [
      [0, 20 * MiB, "text"],
      [300 * MiB, 20 * MiB, "text"],
    ]);
    for (const compression of [...both, "none"] as const) {
      const told: number[] = [];
      await convert(path, compression, { onProgress: (percent) => told.push(percent) });
      assert.deepEqual(
        told,
        [...told].sort((one, other) => one - other),
      );
      assert.ok(told.length > 5 && told.length < 500);
      assert.equal(told.at(-1), 100);
    }
  });

  for (const compression of both) {
    for (const stopAt of [20, 70.5]) {
      it(`by ${compression} that is aborted at ${stopAt} percent leaves no open handle`, async () => {
        const path = await disk(60 * MiB, [[0, 60 * MiB, "text"]]);
        const abort = new AbortController();
        const output = join(folder, `aborted-${++made}.qcow2`);
        const onProgress = (percent: number) => {
          if (percent > stopAt) abort.abort();
        };
        await assert.rejects(
          convert(path, compression, { output, signal: abort.signal, onProgress }),
          { code: "build.cancelled" },
        );
        assert.ok(!(await openFiles()).some((it) => it === path || it === output));
        if (stopAt > 50) return;
        const { exitCode } = await execa("qemu-img", ["info", "-f", "qcow2", output], {
          reject: false,
        });
        assert.equal(exitCode, 1, "half a file is no image");
      });
    }
  }

  it("that is aborted before anything was done is not begun", async () => {
    const path = await disk(MiB, [[0, MiB, "text"]]);
    const output = join(folder, "never.qcow2");
    await assert.rejects(convert(path, "zlib", { output, signal: AbortSignal.abort() }), {
      code: "build.cancelled",
    });
    await assert.rejects(stat(output), { code: "ENOENT" });
  });

  for (const compression of [...both, "none"] as const) {
    it(`(${compression}) that does not fit says that the disk is full, and leaves no open handle`, async () => {
      const path = await disk(12 * MiB, [[0, 12 * MiB, "noise"]]);
      const mount = await mkdtemp(join(folder, "small-"));
      await execa("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mount]);
      try {
        const output = join(mount, "image.qcow2");
        await assert.rejects(convert(path, compression, { output }), { code: "host.disk-full" });
        assert.ok(!(await openFiles()).some((it) => it === path || it === output));
      } finally {
        await execa("umount", [mount]);
      }
    });
  }

  for (const compression of both) {
    it(`(${compression}) that is not the disk is found out by the check`, async () => {
      const path = await disk(20 * MiB, [[0, 20 * MiB, "text"]]);
      let changed = false;
      const onProgress = (percent: number) => {
        // Everything is written, and nothing is compared yet.
        if (changed || percent < 70) return;
        changed = true;
        const handle = openSync(path, "r+");
        writeSync(handle, "changed", 19 * MiB);
        closeSync(handle);
      };
      await assert.rejects(convert(path, compression, { onProgress }), { code: "convert.failed" });
      assert.ok(changed);
    });
  }

  it("is written by what its encoder says", async () => {
    const { signal } = new AbortController();
    assert.match(await qcow2Encoder("zlib", signal), /^zlib \S+ level 7 \([0-9a-f]{8}\)$/);
    assert.match(await qcow2Encoder("zstd", signal), /^zstd \S+ level 2 \([0-9a-f]{8}\)$/);
    assert.match(await qcow2Encoder("none", signal), /^qemu-img \d/);
  });
});

/** Paths of the files that this process has open. */
async function openFiles(): Promise<(string | undefined)[]> {
  const names = await readdir("/proc/self/fd");
  return Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => undefined)));
}
