import assert from "node:assert/strict";
import {
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { openDeflater, openZlib } from "../../../../provider/formats/deflate/deflate";
import { openLibdeflate } from "../../../../provider/formats/deflate/libdeflate";
import type { ConvertContext } from "../../../../provider/formats/format";
import { convertToVmdk, vmdkEncoder } from "../../../../provider/formats/vmdk/convert";
import { checkVmdk } from "../../../../provider/formats/vmdk/check";
import { GiB, KiB, MiB } from "../../../../provider/base/size";
import { digestOf, randomPieces, readWithLibvmdk, seeded, sparseDisk, type Piece } from "./disks";
import { readAsStream } from "./stream";

const contentDigest = "c0ffee42".repeat(8);
const encoders = { libdeflate: openDeflater, zlib: () => Promise.resolve(openZlib()) };
const grain = 64 * KiB;

describe("a VMDK", () => {
  let folder = "";
  let made = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-vmdk-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const disk = (size: number, pieces: readonly Piece[], next = seeded(1)) =>
    sparseDisk(join(folder, `disk-${++made}.raw`), size, pieces, next);

  async function convert(
    path: string,
    encoder: keyof typeof encoders = "libdeflate",
    context: Partial<ConvertContext> = {},
  ) {
    const output = join(folder, `made-${++made}.vmdk`);
    const signal = new AbortController().signal;
    const told = { output, contentDigest, remote: false, signal, onProgress: () => undefined };
    return convertToVmdk(path, { ...told, ...context }, encoders[encoder]);
  }

  const plain = (vmdk: string) =>
    execa("7z", ["e", "-so", "-tvmdk", vmdk], { encoding: "buffer", maxBuffer: GiB });

  /** All available readers return the content of the (small) disk. */
  async function readByAll(vmdk: string, path: string): Promise<void> {
    const { size } = await stat(path);
    const digest = await digestOf(path);
    assert.ok(readAsStream(await readFile(vmdk)).equals(await readFile(path)), "as a stream");
    const back = join(folder, "back.raw");
    await execa("qemu-img", ["convert", "-f", "vmdk", "-O", "raw", vmdk, back]);
    assert.equal(await digestOf(back), digest, "qemu-img");
    // libvmdk opens the file that the descriptor names.
    const named = join(folder, "disk.vmdk");
    await rename(vmdk, named);
    const { stdout } = await execa("/usr/bin/python3", ["-c", readWithLibvmdk, named]);
    await rename(named, vmdk);
    const [read, cid] = stdout.split(" ");
    assert.equal(read, digest, "libvmdk");
    assert.equal(Number(cid), 0xc0ffee42);
    await writeFile(back, (await plain(vmdk)).stdout);
    assert.equal((await stat(back)).size, size, "7z");
    assert.equal(await digestOf(back), digest, "7z");
  }

  for (const encoder of ["libdeflate", "zlib"] as const) {
    for (const [seed, size] of [
      [1, 512],
      [2, grain - 512],
      [3, grain + 512],
      [4, 33 * MiB + 1024],
      [5, 67 * MiB],
      [6, 32 * MiB],
    ] as const) {
      it(`of ${size} bytes by ${encoder} is read alike by QEMU, libvmdk and 7-Zip`, async () => {
        const next = seeded(seed);
        const path = await disk(size, randomPieces(next, size, 40), next);
        const { path: vmdk, sha256 } = await convert(path, encoder);
        assert.equal(sha256, await digestOf(vmdk));
        await readByAll(vmdk, path);
      });
    }
  }

  it("of nothing but zeros holds no grain, be they holes or written", async () => {
    const size = 70 * MiB;
    const hole = await disk(size, []);
    const written = await disk(size, [
      [0, 3 * MiB, "zeros"],
      [40 * MiB + 7, 5 * MiB, "zeros"],
    ]);
    const one = await convert(hole);
    assert.equal((await stat(one.path)).size, (128 + 2 + 3) * 512);
    assert.equal((await convert(written)).sha256, one.sha256);
    await readByAll(one.path, hole);
  });

  it("of noise is hardly larger than the noise, with both encoders", async () => {
    const path = await disk(9 * MiB, [[0, 9 * MiB, "noise"]]);
    for (const encoder of ["libdeflate", "zlib"] as const) {
      const { path: vmdk } = await convert(path, encoder);
      assert.ok((await stat(vmdk)).size < 9.2 * MiB);
      await readByAll(vmdk, path);
    }
  });

  it("of 2 TiB has the size of its data, and its last sector is found", async () => {
    const size = 2048 * GiB;
    const path = await disk(size, [
      [0, 100, "text"],
      [1000 * GiB - 5, 3 * grain, "noise"],
      [size - 512, 512, "text"],
    ]);
    const { path: vmdk } = await convert(path);
    assert.ok((await stat(vmdk)).size < MiB);
    const end = `if=${vmdk} of=${join(folder, "end.raw")} bs=512 skip=${size / 512 - 1}`.split(" ");
    await execa("qemu-img", ["dd", "-f", "vmdk", "-O", "raw", ...end]);
    const handle = await open(path, "r");
    const last = Buffer.alloc(512);
    await handle.read(last, 0, 512, size - 512);
    await handle.close();
    assert.deepEqual(await readFile(join(folder, "end.raw")), last);
  });

  it("has the same bytes on one core and on many, whatever the holes, the folder and the time zone", async () => {
    const next = seeded(7);
    const path = await disk(80 * MiB, randomPieces(next, 80 * MiB, 60), next);
    const filled = join(folder, "filled.raw");
    await execa("cp", ["--sparse=never", path, filled]);
    const { sha256 } = await convert(filled);
    const elsewhere = join(folder, "in: a, place");
    await execa("mkdir", [elsewhere]);
    const program = join(__dirname, "make.ts");
    for (const [pool, command] of [
      ["1", ["node"]],
      ["64", ["node"]],
      ["16", ["taskset", "-c", "0", "node"]],
    ] as const) {
      const output = join(elsewhere, `${pool}.vmdk`);
      const args = ["--require", "ts-node/register", program, path, output, contentDigest];
      const env = { UV_THREADPOOL_SIZE: pool, TZ: "Asia/Tokyo" };
      const [first, ...rest] = command;
      const { stdout } = await execa(first, [...rest, ...args], { env });
      assert.equal(stdout, sha256);
      assert.equal(await digestOf(output), sha256);
    }
  });

  it("is another one for another content digest", async () => {
    const path = await disk(MiB, [[0, 1000, "text"]]);
    const { sha256 } = await convert(path);
    const other = await convert(path, "libdeflate", { contentDigest: "1".repeat(64) });
    assert.notEqual(other.sha256, sha256);
  });

  it("reports rising progress from writing and checking", async () => {
    const path = await disk(400 * MiB, [
      [0, 20 * MiB, "text"],
      [300 * MiB, 20 * MiB, "text"],
    ]);
    const told: number[] = [];
    await convert(path, "libdeflate", { onProgress: (percent) => told.push(percent) });
    assert.deepEqual(
      told,
      [...told].sort((one, other) => one - other),
    );
    assert.ok(told.length > 5 && told.length < 200);
    assert.equal(told.at(-1), 100);
  });

  for (const encoder of ["libdeflate", "zlib"] as const) {
    it(`that is aborted half-way leaves no open handle (${encoder})`, async () => {
      const path = await disk(60 * MiB, [[0, 60 * MiB, "text"]]);
      const abort = new AbortController();
      const output = join(folder, `aborted-${encoder}.vmdk`);
      const onProgress = (percent: number) => {
        if (percent > 20) abort.abort();
      };
      await assert.rejects(convert(path, encoder, { output, signal: abort.signal, onProgress }), {
        code: "build.cancelled",
      });
      assert.ok(!(await openFiles()).some((it) => it === path || it === output));
    });
  }

  it("that is aborted before anything was done is not begun", async () => {
    const path = await disk(MiB, [[0, MiB, "text"]]);
    await assert.rejects(convert(path, "zlib", { signal: AbortSignal.abort() }), {
      code: "build.cancelled",
    });
  });

  it("that does not fit says that the disk is full, and leaves no open handle", async () => {
    const path = await disk(12 * MiB, [[0, 12 * MiB, "noise"]]);
    const mount = await mkdtemp(join(folder, "small-"));
    await execa("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mount]);
    try {
      const output = join(mount, "image.vmdk");
      await assert.rejects(convert(path, "libdeflate", { output }), {
        code: "host.disk-full",
        message: /image\.vmdk/,
      });
      assert.ok(!(await openFiles()).some((it) => it === path || it === output));
    } finally {
      await execa("umount", [mount]);
    }
  });

  it("that was damaged is found out by the check", async () => {
    const size = 70 * MiB;
    const path = await disk(size, [
      [0, 300_000, "text"],
      [50 * MiB, 300_000, "text"],
    ]);
    const { path: vmdk } = await convert(path);
    const checked = {
      path,
      size,
      extents: [
        { start: 0, length: 300_000 },
        { start: 50 * MiB, length: 300_000 },
      ],
    };
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    await checkVmdk(checked, vmdk, options);
    // Data in a grain that the tables declare empty.
    await assert.rejects(
      checkVmdk({ ...checked, extents: checked.extents.slice(0, 1) }, vmdk, options),
      { code: "convert.failed", message: /data at byte 52428800/ },
    );
    // A disk that changed.
    const handle = await open(path, "r+");
    await handle.write("changed", 100);
    await assert.rejects(checkVmdk(checked, vmdk, options), { code: "convert.failed" });
    await handle.close();
    // A grain that does not inflate.
    const file = await open(vmdk, "r+");
    await file.write(Buffer.alloc(100, 0xff), 0, 100, 128 * 512 + 20);
    await file.close();
    await assert.rejects(checkVmdk(checked, vmdk, options), { code: "convert.failed" });
  });

  it("of a disk without whole sectors is refused, and nothing is written", async () => {
    const output = join(folder, "never.vmdk");
    for (const size of [0, 100, MiB + 1]) {
      const path = await disk(size, []);
      await assert.rejects(convert(path, "zlib", { output }), { code: "input.invalid" });
      await assert.rejects(stat(output), { code: "ENOENT" });
    }
  });

  it("is deflated by libdeflate where the host has it, and its encoder says so", async () => {
    const library = await openLibdeflate();
    library?.close();
    const name = await vmdkEncoder();
    assert.match(name, library === undefined ? /^zlib/ : /^libdeflate level 5 \([0-9a-f]{8}\)$/);
    assert.equal(await vmdkEncoder(), name);
  });

  it("is deflated by zlib where koffi does not load", async () => {
    const program = `
      const Module = require("node:module");
      Module.registerHooks({ resolve(name, context, next) {
        if (name === "koffi") throw new Error("not there");
        return next(name, context);
      } });
      require(${JSON.stringify(require.resolve("../../../../provider/formats/vmdk/convert"))})
        .vmdkEncoder().then((name) => process.stdout.write(name));`;
    const { stdout } = await execa("node", ["--require", "ts-node/register", "--eval", program]);
    assert.match(stdout, /^zlib .* level 5 \([0-9a-f]{8}\)$/);
  });
});

/** Paths of the files that this process has open. */
async function openFiles(): Promise<(string | undefined)[]> {
  const names = await readdir("/proc/self/fd");
  return Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => undefined)));
}
