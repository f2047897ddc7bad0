import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, open, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { archiveReader } from "../../../../provider/formats/archive-check";
import { convertToContainerDisk } from "../../../../provider/formats/container-disk/convert";
import type { ConvertContext } from "../../../../provider/formats/format";
import { checkOciArchive } from "../../../../provider/formats/container-disk/check";
import { formatSchema, type FormatOf } from "../../../../provider/schema/formats";
import { GiB, MiB } from "../../../../provider/base/size";
import { fails } from "../../../support/failures";

const signal = new AbortController().signal;
const kinds = ["qcow2", "raw", "vmdk"] as const;
const fileNames = { qcow2: "disk.qcow2", raw: "disk.img", vmdk: "disk.vmdk" } as const;

function format(options: Readonly<Record<string, unknown>> = {}): FormatOf<"containerdisk"> {
  const parsed = formatSchema.parse({ type: "containerdisk", ...options });
  assert.ok(parsed.type === "containerdisk");
  return parsed;
}

describe("a containerDisk", () => {
  let folder = "";
  let disk = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-containerdisk-"));
    disk = await sparse("disk.raw", 192 * MiB, [
      [0, randomBytes(9 * MiB)],
      [100 * MiB + 4096, randomBytes(100)],
      [150 * MiB, Buffer.alloc(3 * MiB)],
      [192 * MiB - 512, randomBytes(512)],
    ]);
    await encode(disk);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function sparse(name: string, size: number, pieces: readonly [number, Buffer][]) {
    const path = join(folder, name);
    const handle = await open(path, "w");
    await handle.truncate(size);
    for (const [at, bytes] of pieces) await handle.write(bytes, 0, bytes.length, at);
    await handle.close();
    return path;
  }

  /** Makes a qcow2 and a VMDK beside a raw disk. */
  async function encode(raw: string): Promise<void> {
    const convert = ["convert", "-f", "raw"];
    const vmdk = ["-O", "vmdk", "-o", "subformat=streamOptimized"];
    await execa("qemu-img", [...convert, "-c", "-O", "qcow2", raw, sourceOf(raw, "qcow2")]);
    await execa("qemu-img", [...convert, ...vmdk, raw, sourceOf(raw, "vmdk")]);
  }

  const sourceOf = (raw: string, kind: string) => raw.replace(/raw$/, kind);
  const materialOf = (raw: string, kind: (typeof kinds)[number]) => ({
    disk: raw,
    source: kind === "raw" ? undefined : { path: sourceOf(raw, kind) },
  });

  let count = 0;
  function context(changes: Partial<ConvertContext> = {}): ConvertContext {
    const output = join(folder, `${(count += 1)}.oci.tar`);
    return {
      output,
      contentDigest: "c".repeat(64),
      remote: false,
      onProgress: () => undefined,
      signal,
      ...changes,
    };
  }

  for (const kind of kinds) {
    it(`is an image that skopeo copies, with a disk of type ${kind} inside`, async () => {
      const { path, sha256 } = await convertToContainerDisk(
        materialOf(disk, kind),
        format({ disk: kind }),
        context(),
      );
      assert.equal(sha256, await hashOf(path));
      const image = join(folder, `image-${kind}`);
      // skopeo recomputes the digest of every blob and of the unpacked layer.
      await execa("skopeo", ["copy", "-q", `oci-archive:${path}`, `dir:${image}`]);
      const manifest = JSON.parse(await readFile(join(image, "manifest.json"), "utf8")) as {
        layers: [{ digest: string; size: number }];
      };
      const [{ digest, size }] = manifest.layers;
      const layer = join(image, digest.replace("sha256:", ""));
      assert.equal(size, (await stat(layer)).size);
      const listing = await execa("tar", ["--numeric-owner", "--full-time", "-tvf", layer], {
        env: { TZ: "UTC" },
      });
      const source = sourceOf(disk, kind);
      assert.deepEqual(
        listing.stdout.split("\n").map((line) => line.replace(/ +/g, " ")),
        [
          "dr-xr-xr-x 107/107 0 1970-01-01 00:00:00 disk/",
          `-r--r----- 107/107 ${(await stat(source)).size} 1970-01-01 00:00:00 disk/${fileNames[kind]}`,
        ],
      );
      const unpacked = join(folder, `unpacked-${kind}`);
      await mkdir(unpacked);
      await execa("tar", ["--sparse", "-C", unpacked, "-xf", layer]);
      await execa("cmp", [join(unpacked, "disk", fileNames[kind]), source]);
      await rm(unpacked, { recursive: true });
    });

    it(`has the same bytes whatever the surroundings, with ${kind} inside`, async () => {
      const options = { disk: kind, preference: "ubuntu", labels: { b: "2", a: "1" } };
      const first = await convertToContainerDisk(
        materialOf(disk, kind),
        format(options),
        context(),
      );
      const full = join(folder, `full-${kind}.raw`);
      await execa("cp", ["--sparse=never", disk, full]);
      const output = join(await mkdtemp(join(folder, "a:b c-")), "other.tar");
      const { TZ } = process.env;
      const mask = process.umask(0o077);
      process.env["TZ"] = "Pacific/Kiritimati";
      try {
        const again = await convertToContainerDisk(
          { ...materialOf(disk, kind), disk: full },
          format({ ...options, labels: { a: "1", b: "2" } }),
          context({ output, remote: true }),
        );
        assert.equal(again.sha256, first.sha256);
        await execa("cmp", [first.path, again.path]);
      } finally {
        process.umask(mask);
        if (TZ === undefined) delete process.env["TZ"];
        else process.env["TZ"] = TZ;
        await rm(full);
      }
    });

    for (const [name, size, pieces] of [
      ["one sector", 512, [[0, randomBytes(512)]]],
      ["nothing but a hole", 64 * MiB, []],
      ["a size that is no whole number of blocks", 3 * MiB + 512, [[3 * MiB, randomBytes(512)]]],
    ] as const satisfies readonly (readonly [string, number, [number, Buffer][]])[]) {
      it(`takes a disk of ${name} as ${kind}`, async () => {
        const raw = await sparse(`${name}.raw`, size, pieces);
        await encode(raw);
        const made = await convertToContainerDisk(
          materialOf(raw, kind),
          format({ disk: kind }),
          context(),
        );
        const image = join(folder, `image-${(count += 1)}`);
        await execa("skopeo", ["copy", "-q", `oci-archive:${made.path}`, `oci:${image}`]);
      });
    }

    for (const stopAt of [1, 55, 72]) {
      it(`ends when it is aborted at ${stopAt} percent with ${kind}, and leaves no file open`, async () => {
        const abort = new AbortController();
        const onProgress = (percent: number) => {
          if (percent >= stopAt) abort.abort();
        };
        await assert.rejects(
          convertToContainerDisk(
            materialOf(disk, kind),
            format({ disk: kind }),
            context({ onProgress, signal: abort.signal }),
          ),
          fails("build.cancelled"),
        );
        assert.deepEqual(await openFilesIn(folder), []);
      });
    }

    it(`says that the disk is full, with ${kind}`, async () => {
      const mount = await mkdtemp(join(folder, "small-"));
      await execa("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mount]);
      try {
        const output = join(mount, "image.oci.tar");
        await assert.rejects(
          convertToContainerDisk(
            materialOf(disk, kind),
            format({ disk: kind }),
            context({ output }),
          ),
          fails("host.disk-full", /image\.oci\.tar/, /Free disk space/),
        );
        assert.deepEqual(await openFilesIn(folder), []);
      } finally {
        await execa("umount", [mount]);
      }
    });
  }

  it("shows its environment and labels to skopeo, with and without its tag", async () => {
    const taken = { 'a"b': "x\ny\\é<&>" };
    const { path } = await convertToContainerDisk(
      materialOf(disk, "qcow2"),
      format({ preference: "a=b c", instanceType: "u1.medium", labels: taken }),
      context(),
    );
    for (const tag of ["", ":latest"]) {
      const { stdout } = await execa("skopeo", [
        "inspect",
        "--config",
        `oci-archive:${path}${tag}`,
      ]);
      const { config } = JSON.parse(stdout) as { config: { Env: string[]; Labels: object } };
      assert.deepEqual(config.Env, [
        "INSTANCETYPE_KUBEVIRT_IO_DEFAULT_INSTANCETYPE=u1.medium",
        "INSTANCETYPE_KUBEVIRT_IO_DEFAULT_PREFERENCE=a=b c",
      ]);
      assert.deepEqual(config.Labels, {
        ...taken,
        "instancetype.kubevirt.io/default-instancetype": "u1.medium",
        "instancetype.kubevirt.io/default-preference": "a=b c",
      });
    }
  });

  it("reports progress that never falls, to 100 percent at most", async () => {
    for (const kind of kinds) {
      const steps: number[] = [];
      const onProgress = (percent: number) => steps.push(percent);
      await convertToContainerDisk(
        materialOf(disk, kind),
        format({ disk: kind }),
        context({ onProgress }),
      );
      assert.deepEqual(
        steps,
        [...steps].sort((one, other) => one - other),
      );
      assert.ok(steps.length > 3 && steps.at(-1)! <= 100);
    }
  });

  it("refuses a qcow2 that is not the one that was made", async () => {
    const source = { path: sourceOf(disk, "qcow2"), sha256: "0".repeat(64) };
    await assert.rejects(
      convertToContainerDisk({ disk, source }, format(), context()),
      fails("convert.failed", /SHA-256 of .* is not the one that was taken/, /Run it again/),
    );
  });

  it("refuses a disk that is not that of the base disk, or leans on another file", async () => {
    const other = await sparse("other.raw", GiB, []);
    const source = { path: sourceOf(disk, "qcow2") };
    await assert.rejects(
      convertToContainerDisk({ disk: other, source }, format(), context()),
      fails("convert.failed", /size of its disk/),
    );
    const overlay = join(folder, "overlay.qcow2");
    await execa("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", disk, overlay]);
    await assert.rejects(
      convertToContainerDisk({ disk, source: { path: overlay } }, format(), context()),
      fails("convert.failed", /backing file/),
    );
  });

  it("notices one byte that is not what was written, in each of its blobs", async () => {
    const { path } = await convertToContainerDisk(materialOf(disk, "qcow2"), format(), context());
    const { size } = await stat(path);
    // In the layer, then in the configuration, the manifest and the index after it.
    const small = await readFile(path).then((all) => all.subarray(size - 8192));
    const places = ["architecture", '"layers"', '"manifests"'].map(
      (text) => size - small.length + small.indexOf(text) + 3,
    );
    for (const at of [4 * MiB, ...places]) {
      const damage = async () => {
        const handle = await open(path, "r+");
        const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
        await handle.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, at);
        await handle.close();
      };
      const check = () => checkOciArchive(archiveReader(path, signal), () => undefined);
      await check();
      await damage();
      await assert.rejects(check(), fails("convert.failed"));
      await damage();
    }
  });

  async function openFilesIn(root: string): Promise<string[]> {
    const links = (await readdir("/proc/self/fd")).map((fd) =>
      readlink(`/proc/self/fd/${fd}`).catch(() => ""),
    );
    return (await Promise.all(links)).filter((path) => path.startsWith(root));
  }
});

async function hashOf(path: string): Promise<string> {
  return (await execa("sha256sum", ["--", path])).stdout.slice(0, 64);
}
