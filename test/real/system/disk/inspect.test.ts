import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import {
  inspectInstalledDisk,
  readInstalledConfiguration,
  type DiskReport,
} from "../../../../provider/system/disk/inspect";
import { findDefects } from "../../../../provider/system/disk/check";
import { MiB } from "../../../../provider/base/size";
import { openWay } from "../process/run-process";

const signal = new AbortController().signal;
const repository = join(__dirname, "../../../..");
// Tools that only root has on PATH; the code under test finds them itself.
const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
const configuration = "#cloud-config\nstylus: {token: hidden}\n";

describe("reading an installed disk", () => {
  let folder = "";
  let disk = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus disk "));
    await chmod(folder, 0o755);
    disk = join(folder, "disk.raw");
    await buildKairosDisk(disk);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function buildKairosDisk(path: string): Promise<void> {
    await writeFile(path, "");
    await truncate(path, 160 * MiB);
    const table = [
      "label: gpt",
      "start=2048,size=2048,type=21686148-6449-6E6F-744E-656564454649,name=bios",
      "size=32768,type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B,name=efi",
      "size=65536,name=oem",
      "size=131072,name=state",
      "size=16384,name=persistent",
    ];
    await execa("sfdisk", ["-q", path], { input: `${table.join("\n")}\n`, env });
    await writeAt(path, 0, Buffer.alloc(400, 0x90));
    await writeAt(path, MiB, Buffer.alloc(512, 0x90));
    const esp = join(folder, "esp.img");
    await writeFile(esp, "");
    await truncate(esp, 16 * MiB);
    await execa("mkfs.vfat", ["-n", "COS_GRUB", esp], { env });
    await execa("mmd", ["-i", esp, "::/EFI", "::/EFI/BOOT"]);
    const loader = "L".repeat(123_456);
    await execa("mcopy", ["-i", esp, "-", "::/EFI/BOOT/bootx64.efi"], { input: loader });
    await execa("mcopy", ["-i", esp, "-", "::/EFI/BOOT/a long name.cfg"], { input: "abc" });
    await execa("dd", [`if=${esp}`, `of=${path}`, "bs=1M", "seek=2", "conv=notrunc,sparse"]);
    await addExt(path, 18, "32M", "COS_OEM", { "90_custom.yaml": configuration });
    await addExt(path, 50, "64M", "COS_STATE", {
      "state.yaml": "date: today\n",
      "cOS/active.img": "A".repeat(5 * MiB),
      "cOS/passive.img": "",
      "a b/c d.txt": "abc",
    });
  }

  async function addExt(
    path: string,
    startMiB: number,
    size: string,
    label: string,
    files: Record<string, string>,
  ): Promise<void> {
    const tree = join(folder, label);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(tree, name, ".."), { recursive: true });
      await writeFile(join(tree, name), text);
    }
    const offset = `offset=${startMiB * MiB}`;
    await execa("mke2fs", ["-q", "-t", "ext4", "-L", label, "-d", tree, "-E", offset, path, size], {
      env,
    });
  }

  it("finds partitions, names, labels and offsets", async () => {
    const { table, partitions } = await inspectInstalledDisk(disk, signal);
    assert.equal(table, "gpt");
    assert.deepEqual(
      partitions.map((one) => [one.number, one.name, one.start / MiB, one.fileSystem?.label]),
      [
        [1, "bios", 1, undefined],
        [2, "efi", 2, "COS_GRUB"],
        [3, "oem", 18, "COS_OEM"],
        [4, "state", 50, "COS_STATE"],
        [5, "persistent", 114, undefined],
      ],
    );
    assert.deepEqual(
      partitions.map(({ fileSystem, health }) => [fileSystem?.type, health]),
      [
        [undefined, "not checked"],
        ["vfat", "not checked"],
        ["ext4", "clean"],
        ["ext4", "clean"],
        [undefined, "not checked"],
      ],
    );
  });

  it("finds files with their sizes on ext4 and FAT", async () => {
    const { partitions } = await inspectInstalledDisk(disk, signal);
    const filesOf = (label: string) =>
      Object.fromEntries(
        partitions
          .find(({ fileSystem }) => fileSystem?.label === label)
          ?.files.map(({ path, sizeBytes }) => [path, sizeBytes]) ?? [],
      );
    assert.deepEqual(filesOf("COS_STATE"), {
      "/state.yaml": 12,
      "/cOS/active.img": 5 * MiB,
      "/cOS/passive.img": 0,
      "/a b/c d.txt": 3,
    });
    assert.deepEqual(filesOf("COS_GRUB"), {
      "/EFI/BOOT/bootx64.efi": 123_456,
      "/EFI/BOOT/a long name.cfg": 3,
    });
  });

  it("reads the installed configuration only when asked, and keeps it out of the report", async () => {
    const report = await inspectInstalledDisk(disk, signal);
    assert.ok(!JSON.stringify(report).includes("hidden"));
    assert.equal(await readInstalledConfiguration(disk, report, signal), configuration);
  });

  it("finds boot code for either firmware", async () => {
    const report = await inspectInstalledDisk(disk, signal);
    for (const firmware of ["bios", "uefi"] as const) {
      assert.deepEqual(findDefects(report, { firmware, partitions: [] }), []);
    }
  });

  it("does not count boot code whose second stage is missing", async () => {
    const copy = await copyOf("second-stage");
    await writeAt(copy, MiB, Buffer.alloc(512));
    assert.equal((await inspectInstalledDisk(copy, signal)).biosBootCode, false);
  });

  it("finds a damaged file system and says what is wrong with it", async () => {
    const copy = await copyOf("damaged");
    // The block bitmap and the inode table of the first group.
    await writeAt(copy, 50 * MiB + 8192, Buffer.alloc(64 * 1024, 0x55));
    const { partitions } = await inspectInstalledDisk(copy, signal);
    const state = partitions.find(({ number }) => number === 4);
    assert.equal(state?.health, "damaged");
    assert.match(state.damage ?? "", /\S/);
  });

  it("survives a file system of which only the superblock is left", async () => {
    const copy = await copyOf("superblock");
    await writeAt(copy, 50 * MiB + 2048, Buffer.alloc(63 * MiB));
    const { partitions } = await inspectInstalledDisk(copy, signal);
    const state = partitions.find(({ number }) => number === 4);
    assert.equal(state?.health, "damaged");
    assert.deepEqual(state.files, []);
  });

  it("distinguishes an empty disk from a partitioned one", async () => {
    const empty = join(folder, "empty.raw");
    await writeFile(empty, "");
    await truncate(empty, 16 * MiB);
    const report = await inspectInstalledDisk(empty, signal);
    assert.equal(report.table, "none");
    assert.match(nothing(report), /is empty/);
    await execa("sfdisk", ["-q", empty], { input: "label: gpt\n,,\n", env });
    assert.match(nothing(await inspectInstalledDisk(empty, signal)), /has partitions, but none/);
  });

  it("reads a disk with an MBR table, and one without a table", async () => {
    const dos = join(folder, "dos.raw");
    await writeFile(dos, "");
    await truncate(dos, 40 * MiB);
    await execa("sfdisk", ["-q", dos], { input: "label: dos\nstart=2048,bootable\n", env });
    await addExt(dos, 1, "32M", "root", { "boot/vmlinuz": "k" });
    const report = await inspectInstalledDisk(dos, signal);
    assert.equal(report.table, "dos");
    assert.equal(report.biosBootCode, false);
    assert.deepEqual(report.partitions[0]?.files, [{ path: "/boot/vmlinuz", sizeBytes: 1 }]);
    const bare = join(folder, "bare.raw");
    await writeFile(bare, "");
    await truncate(bare, 40 * MiB);
    await addExt(bare, 0, "40M", "whole", { a: "a" });
    const { table, partitions } = await inspectInstalledDisk(bare, signal);
    assert.deepEqual(
      [table, partitions[0]?.number, partitions[0]?.fileSystem?.label],
      ["none", 0, "whole"],
    );
    const fat = join(folder, "esp.img");
    assert.equal((await inspectInstalledDisk(fat, signal)).partitions[0]?.fileSystem?.type, "vfat");
  });

  it("works as an ordinary user on a disk that it may only read", async () => {
    await chmod(disk, 0o444);
    const code = `
      const { inspectInstalledDisk } = require("./provider/system/disk/inspect");
      inspectInstalledDisk(process.argv[1], new AbortController().signal).then((report) => {
        console.log(JSON.stringify({ user: process.getuid(), report }));
      });`;
    const become = 'exec setpriv --reuid 65534 --clear-groups -- "$@"';
    const [program = "", ...rest] = [
      ...(process.getuid?.() === 0
        ? ["unshare", "--mount", "sh", "-ec", `${openWay()}; ${become}`, "sh"]
        : []),
      ...[process.execPath, "--require", "ts-node/register", "-e", code, disk],
    ];
    const { stdout } = await execa(program, rest, {
      cwd: repository,
      env: { PATH: "/usr/bin:/bin", HOME: folder },
      extendEnv: false,
    });
    const answer = JSON.parse(stdout) as { user: number; report: DiskReport };
    assert.notEqual(answer.user, 0);
    assert.deepEqual(
      answer.report,
      JSON.parse(JSON.stringify(await inspectInstalledDisk(disk, signal))),
    );
  });

  it("never writes to the disk", async () => {
    const sum = async () => (await execa("sha256sum", [disk])).stdout;
    const before = await sum();
    await chmod(disk, 0o644);
    await inspectInstalledDisk(disk, signal);
    assert.equal(await sum(), before);
  });

  async function copyOf(name: string): Promise<string> {
    const copy = join(folder, `${name}.raw`);
    await execa("cp", ["--sparse=always", disk, copy]);
    await chmod(copy, 0o644);
    return copy;
  }
});

async function writeAt(path: string, offset: number, bytes: Buffer): Promise<void> {
  const handle = await open(path, "r+");
  await handle.write(bytes, 0, bytes.length, offset);
  await handle.close();
}

function nothing(report: DiskReport): string {
  const found = findDefects(report, { firmware: "bios", partitions: [] });
  assert.deepEqual(
    found.map(({ code }) => code),
    ["install.nothing-installed"],
  );
  return found[0]?.what ?? "";
}
