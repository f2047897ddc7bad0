import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { ConvertContext } from "../../../../provider/formats/format";
import { checkOva, convertToOva, ovaHead } from "../../../../provider/formats/ova/convert";
import { convertToVmdk } from "../../../../provider/formats/vmdk/convert";
import { ovfDocument } from "../../../../provider/plan/ovf/document";
import { formatSchema, type FormatOf } from "../../../../provider/schema/formats";
import { GiB, MiB } from "../../../../provider/base/size";
import { fails } from "../../../support/failures";

const signal = new AbortController().signal;

function ova(options: Readonly<Record<string, unknown>> = {}): FormatOf<"ova"> {
  const format = formatSchema.parse({ type: "ova", ...options });
  assert.ok(format.type === "ova");
  return format;
}

describe("an OVA", () => {
  let folder = "";
  let disk = "";
  let vmdk = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-ova-"));
    disk = await sparse("disk.raw", GiB, [
      [0, randomBytes(9 * MiB)],
      [512 * MiB + 4096, randomBytes(100)],
      [600 * MiB, Buffer.alloc(MiB)],
    ]);
    vmdk = await vmdkOf(disk);
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

  async function vmdkOf(raw: string): Promise<string> {
    const path = raw.replace(/raw$/, "vmdk");
    const options = ["-O", "vmdk", "-o", "subformat=streamOptimized"];
    await execa("qemu-img", ["convert", "-f", "raw", ...options, raw, path]);
    return path;
  }

  let count = 0;
  function context(changes: Partial<ConvertContext> = {}): ConvertContext {
    const output = join(folder, `${(count += 1)}.ova`);
    return {
      output,
      contentDigest: "c".repeat(64),
      remote: false,
      onProgress: () => undefined,
      signal,
      ...changes,
    };
  }

  it("unpacks to a description, a manifest that is true, and the disk", async () => {
    const { path, sha256 } = await convertToOva({ disk, source: { path: vmdk } }, ova(), context());
    assert.equal(sha256, await hashOf(path));
    const inside = join(folder, "inside");
    await mkdir(inside);
    const { stdout } = await execa("tar", ["-xvf", path, "-C", inside]);
    assert.deepEqual(stdout.split("\n"), ["image.ovf", "image.mf", "image-disk1.vmdk"]);
    for (const line of (await readFile(join(inside, "image.mf"), "utf8")).trimEnd().split("\n")) {
      const [, name, digest] = /^SHA256\((.+)\)= ([0-9a-f]{64})$/.exec(line)!;
      assert.equal(await hashOf(join(inside, name!)), digest);
    }
    assert.equal(await hashOf(join(inside, "image-disk1.vmdk")), await hashOf(vmdk));
    const unpacked = ["raw", "-F", "vmdk", disk, join(inside, "image-disk1.vmdk")];
    await execa("qemu-img", ["compare", "-f", ...unpacked]);
    const description = await readFile(join(inside, "image.ovf"), "utf8");
    assert.ok(description.includes(`ovf:size="${(await stat(vmdk)).size}"`));
    assert.ok(description.includes(`ovf:capacity="${GiB}"`));
    // The 9 MiB, and the block that contains the 100 bytes; zeros do not count.
    assert.ok(description.includes(`ovf:populatedSize="${9 * MiB + 65_536}"`));
  });

  for (const [what, size, pieces, populated] of [
    ["one sector", 512, [[0, randomBytes(512)]], 512],
    ["no data", 64 * MiB, [[MiB, Buffer.alloc(MiB)]], 0],
    [
      "data in its last block, which is cut short",
      65_536 * 3 + 512,
      [[65_536 * 3, randomBytes(512)]],
      512,
    ],
    [
      "data far apart",
      3 * GiB,
      [
        [100, randomBytes(1)],
        [65_536 * 5000 - 1, randomBytes(2)],
        [3 * GiB - 1, Buffer.from("x")],
      ],
      4 * 65_536,
    ],
  ] as const satisfies readonly (readonly [string, number, [number, Buffer][], number])[]) {
    it(`says how much is not zero of a disk with ${what}, as our VMDK and QEMU's hold it`, async () => {
      const raw = await sparse(`populated ${what}.raw`, size, pieces);
      const own = context({ output: join(folder, `own ${what}.vmdk`) });
      const sources = [{ path: await vmdkOf(raw) }, await convertToVmdk(raw, own)];
      for (const source of sources) {
        const { path } = await convertToOva({ disk: raw, source }, ova(), context());
        const { stdout } = await execa("tar", ["-xOf", path, "image.ovf"]);
        assert.ok(stdout.includes(`ovf:populatedSize="${populated}"`));
      }
    });
  }

  it("is read strictly by govmomi, and imported by a vCenter simulator", async () => {
    const made = await convertToVmdk(disk, context({ output: join(folder, "own.vmdk") }));
    const extraConfig = { "guestinfo.userdata": "#cloud-config\n", "disk.EnableUUID": "TRUE" };
    const options = { firmware: "uefi", secureBoot: true, hardwareVersion: 19, extraConfig };
    for (const [scsiType, networkType] of [
      ["pvscsi", "vmxnet3"],
      ["lsilogic-sas", "e1000e"],
    ] as const) {
      const format = ova({ ...options, scsiType, networkType, cpus: 3, guestId: "ubuntu64Guest" });
      const { path } = await convertToOva({ disk, source: made }, format, context());
      const { stdout } = await execa("ova-import", [path]);
      const { strict, devices, imported } = importSchema.parse(JSON.parse(stdout));
      assert.deepEqual(devices, [scsiType, "disk", "ethernet"]);
      assert.deepEqual(strict, {
        version: "vmx-19",
        guestId: "ubuntu64Guest",
        numCPUs: 3,
        memoryMB: 8192,
        firmware: "efi",
        bootOptions: { efiSecureBootEnabled: true },
        extraConfig: [
          { key: "disk.EnableUUID", value: "TRUE" },
          { key: "guestinfo.userdata", value: "I2Nsb3VkLWNvbmZpZwo=" },
          { key: "guestinfo.userdata.encoding", value: "base64" },
        ],
      });
      assert.deepEqual(imported, {
        guestId: "ubuntu64Guest",
        hwVersion: "vmx-19",
        memorySizeMB: 8192,
        numCpu: 3,
        numEthernetCards: 1,
        numVirtualDisks: 1,
      });
    }
  });

  it("has the same bytes whatever the time zone, the mask, the folder and the holes", async () => {
    const first = await convertToOva({ disk, source: { path: vmdk } }, ova(), context());
    const full = join(folder, "full.raw");
    await execa("cp", ["--sparse=never", disk, full]);
    const elsewhere = join(await mkdtemp(join(folder, "a:b c-")), "other.ova");
    const { TZ } = process.env;
    const mask = process.umask(0o077);
    process.env["TZ"] = "Pacific/Kiritimati";
    try {
      const source = { path: vmdk, sha256: await hashOf(vmdk) };
      const again = await convertToOva(
        { disk: full, source },
        ova(),
        context({ output: elsewhere, remote: true }),
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
    [
      "a size that is no whole number of blocks",
      65_536 * 3 + 512,
      [[65_536 * 3, randomBytes(512)]],
    ],
    ["a size that is no whole number of sectors", MiB + 7, [[MiB, randomBytes(7)]]],
  ] as const satisfies readonly (readonly [string, number, [number, Buffer][]])[]) {
    it(`takes a disk of ${name}`, async () => {
      const raw = await sparse(`${name}.raw`, size, pieces);
      const source = { path: await vmdkOf(raw) };
      const { path } = await convertToOva({ disk: raw, source }, ova(), context());
      const capacity = 512 * Math.ceil(size / 512);
      const { stdout } = await execa("tar", ["-xOf", path, "image.ovf"]);
      assert.ok(stdout.includes(`ovf:capacity="${capacity}"`));
    });
  }

  it("reports progress that never falls, to 100 percent at most", async () => {
    const steps: number[] = [];
    const onProgress = (percent: number) => steps.push(percent);
    await convertToOva({ disk, source: { path: vmdk } }, ova(), context({ onProgress }));
    assert.ok(steps.length > 2);
    assert.deepEqual(
      steps,
      [...steps].sort((one, other) => one - other),
    );
    assert.ok(steps.at(-1)! <= 100);
  });

  it("refuses a VMDK that is not the one that was made", async () => {
    const source = { path: vmdk, sha256: "0".repeat(64) };
    await assert.rejects(
      convertToOva({ disk, source }, ova(), context()),
      fails("convert.failed", /SHA-256 of .* is not the one that was taken/, /Run it again/),
    );
  });

  it("refuses a VMDK whose disk has another size than the base disk", async () => {
    const other = await sparse("other.raw", 2 * GiB, []);
    const source = { path: vmdk };
    await assert.rejects(
      convertToOva({ disk: other, source }, ova(), context()),
      fails("convert.failed", /capacity/, /1073741824/, /2147483648/),
    );
  });

  it("says that the disk is full", async () => {
    const mount = await mkdtemp(join(folder, "small-"));
    await execa("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mount]);
    try {
      const output = join(mount, "image.ova");
      await assert.rejects(
        convertToOva({ disk, source: { path: vmdk } }, ova(), context({ output })),
        fails("host.disk-full", /image\.ova/, /Free disk space/),
      );
    } finally {
      await execa("umount", [mount]);
    }
  });

  for (const stopAt of [1, 61]) {
    it(`ends when it is aborted at ${stopAt} percent, and leaves no file open`, async () => {
      const abort = new AbortController();
      const onProgress = (percent: number) => {
        if (percent >= stopAt) abort.abort();
      };
      await assert.rejects(
        convertToOva(
          { disk, source: { path: vmdk } },
          ova(),
          context({ onProgress, signal: abort.signal }),
        ),
        fails("build.cancelled"),
      );
      assert.deepEqual(await openFilesIn(folder), []);
    });
  }

  it("notices one byte that is not what was written, in each of its files", async () => {
    const { size } = await stat(vmdk);
    const sha256 = await hashOf(vmdk);
    const ovf = ovfDocument(ova(), { fileSize: size, capacity: GiB, populated: 0 });
    const head = ovaHead(ovf, { size, sha256 });
    const disk = { start: head.length, length: size };
    const facts = { disk, capacity: GiB, signal };
    const path = join(folder, "damaged.ova");
    for (const at of [
      600,
      head.indexOf("SHA256(image.ovf)"),
      head.length - 500,
      head.length + 5 * MiB,
    ]) {
      await writeFile(path, Buffer.concat([head, await readFile(vmdk), Buffer.alloc(1024)]));
      await checkOva(path, { ...facts, onProgress: () => undefined });
      const handle = await open(path, "r+");
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
      await handle.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, at);
      await handle.close();
      await assert.rejects(
        checkOva(path, { ...facts, onProgress: () => undefined }),
        fails("convert.failed"),
      );
    }
  });

  it("is XML that says what was asked for, whatever characters that holds", async () => {
    const next = generator(20_261_123);
    for (let round = 0; round < 3; round += 1) {
      const extraConfig = Object.fromEntries(
        Array.from({ length: 100 }, () => [randomText(next) || "key", randomText(next)]),
      );
      const document = ovfDocument(ova({ extraConfig }), {
        fileSize: 1,
        capacity: 2,
        populated: 3,
      });
      const { stdout } = await execa("python3", ["-c", readSettings], { input: document });
      assert.deepEqual(JSON.parse(stdout), extraConfig);
    }
  });

  async function openFilesIn(root: string): Promise<string[]> {
    const links = (await readdir("/proc/self/fd")).map((fd) =>
      readlink(`/proc/self/fd/${fd}`).catch(() => ""),
    );
    return (await Promise.all(links)).filter((path) => path.startsWith(root));
  }
});

const importSchema = z.object({
  devices: z.array(z.string()),
  strict: z.object({
    version: z.string(),
    guestId: z.string(),
    numCPUs: z.number(),
    memoryMB: z.number(),
    firmware: z.string(),
    bootOptions: z.unknown(),
    extraConfig: z.unknown(),
  }),
  imported: z.object({
    guestId: z.string(),
    hwVersion: z.string(),
    memorySizeMB: z.number(),
    numCpu: z.number(),
    numEthernetCards: z.number(),
    numVirtualDisks: z.number(),
  }),
});

const readSettings = `
import json, sys, xml.etree.ElementTree as tree
vmw = "{http://www.vmware.com/schema/ovf}"
found = tree.fromstring(sys.stdin.buffer.read()).iter(vmw + "ExtraConfig")
print(json.dumps({it.get(vmw + "key"): it.get(vmw + "value") for it in found}))
`;

/** Pseudo-random numbers from 0 up to 1, the same for the same seed (a linear congruential generator). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const alphabet = Array.from("ab.<>&\"'\t\n\r ]]>--é%\u{1F680}\u0085\u2028\ufffd");

function randomText(next: () => number): string {
  const letters = Array.from({ length: Math.floor(next() * 12) }, () => {
    return alphabet[Math.floor(next() * alphabet.length)];
  });
  return letters.join("");
}

async function hashOf(path: string): Promise<string> {
  return (await execa("sha256sum", ["--", path])).stdout.slice(0, 64);
}
