import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { GiB, MiB } from "../../../../provider/base/size";
import { runCli } from "../compiled-cli";

interface Document {
  readonly artifacts: readonly {
    readonly format: string;
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256?: string;
    readonly mediaType: string;
  }[];
}

describe("convert", () => {
  let cwd = "";
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-convert-"));
    await makeDisk("disk.raw", 3 * GiB);
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  /** A sparse disk with a little text in three places. */
  async function makeDisk(name: string, size: number): Promise<void> {
    const disk = await open(join(cwd, name), "w");
    await disk.truncate(size);
    for (const at of [0, Math.floor(size / 2), size - 4096]) {
      await disk.write(Buffer.from("a disk ".repeat(500)), 0, 3500, at);
    }
    await disk.close();
  }

  const convert = (...args: string[]) => runCli(["convert", ...args], { cwd });
  const compare = (format: string, path: string, disk = "disk.raw") =>
    execa("qemu-img", ["compare", "-f", "raw", "-F", format, disk, path], { cwd });

  it("makes each format under the disk's name, and prints JSON", async () => {
    const formats = "raw,qcow2,vmdk,ova,vhd,gce,containerdisk";
    const ended = await convert("disk.raw", "--format", formats, "--to", "out", "--json");
    assert.equal(ended.exitCode, 0, ended.stderr);
    const { artifacts } = JSON.parse(ended.stdout) as Document;
    const extensions = ["raw", "qcow2", "vmdk", "ova", "vhd", "tar.gz", "oci.tar"];
    assert.deepEqual(
      artifacts.map(({ path }) => path),
      extensions.map((extension) => join(cwd, "out", `disk.${extension}`)),
    );
    assert.deepEqual((await readdir(join(cwd, "out"))).sort(), [
      ...extensions.map((extension) => `disk.${extension}`).sort(),
    ]);
    for (const { path, sizeBytes, sha256 } of artifacts) {
      assert.equal((await stat(path)).size, sizeBytes, path);
      if (sha256 === undefined) continue;
      assert.equal(
        createHash("sha256")
          .update(await readFile(path))
          .digest("hex"),
        sha256,
        path,
      );
    }
    await compare("raw", "out/disk.raw");
    await compare("qcow2", "out/disk.qcow2");
    await compare("vmdk", "out/disk.vmdk");
  });

  it("makes the same bytes again, and replaces existing files", async () => {
    const before = await readFile(join(cwd, "out/disk.qcow2"));
    const ended = await convert("disk.raw", "--format", "qcow2", "--to", "out");
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.deepEqual(await readFile(join(cwd, "out/disk.qcow2")), before);
  });

  it("reads a qcow2, and rounds its size up to whole GiB", async () => {
    await makeDisk("odd.raw", 1 * GiB + 5 * MiB);
    await execa("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", "odd.raw", "odd.qcow2"], {
      cwd,
    });
    const ended = await convert("odd.qcow2", "--format", "raw", "--to", "rounded");
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.match(ended.stderr, /The disk has 1078984704 bytes; its size is rounded up to 2 GiB/);
    assert.equal((await stat(join(cwd, "rounded/odd.raw"))).size, 2 * GiB);
    await compare("raw", "rounded/odd.raw", "odd.raw");
  });

  it("accepts an option of a format", async () => {
    const option = ["--format-option", "raw.compression=gzip"];
    await makeDisk("small.raw", GiB);
    const ended = await convert("small.raw", "--format", "raw", ...option, "--to", "gzip");
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.deepEqual(await readdir(join(cwd, "gzip")), ["small.raw.gz"]);
    await execa("sh", ["-c", "gzip -dc gzip/small.raw.gz | cmp - small.raw"], { cwd });
  });

  it("reads an option's value from a file, to keep it out of argv", async () => {
    await writeFile(join(cwd, "setting.txt"), "#cloud-config from a file");
    const option = "ova.extraConfig.guestinfo.userdata=@setting.txt";
    const args = ["--format", "ova", "--format-option", option, "--to", "from-file"];
    const ended = await convert("small.raw", ...args);
    assert.equal(ended.exitCode, 0, ended.stderr);
    const ovf = await execa("tar", ["-xOf", "from-file/small.ova", "image.ovf"], { cwd });
    const encoded = Buffer.from("#cloud-config from a file").toString("base64");
    assert.ok(ovf.stdout.includes(encoded));
  });

  it("with --installed, refuses a disk without a complete install", async () => {
    await execa("truncate", ["-s", "1G", "bare.raw"], { cwd });
    for (const [kind, message] of [
      [
        "kairos",
        /bare\.raw is not a complete install\. The disk is empty.*\[install\.nothing-inst/,
      ],
      ["generic", /bare\.raw is not a complete install\. .*\[install\.nothing-installed\]/],
    ] as const) {
      const ended = await convert(
        "bare.raw",
        "--format",
        "vmdk",
        "--to",
        "bare",
        "--installed",
        kind,
      );
      assert.equal(ended.exitCode, 1);
      assert.match(ended.stderr, message);
      assert.deepEqual(await readdir(join(cwd, "bare")), []);
    }
  });

  it("with --firmware, requires the boot loader of that firmware", async () => {
    await execa("truncate", ["-s", "1G", "fat.raw"], { cwd });
    await execa("sfdisk", ["-q", "fat.raw"], {
      cwd,
      input: "label: gpt\nstart=2048, size=131072, type=uefi\n",
    });
    await execa(
      "mformat",
      ["-i", "fat.raw@@1M", "-F", "-T", "131072", "-h", "64", "-s", "32", "::"],
      {
        cwd,
      },
    );
    const wanted = ["--format", "raw", "--to", "fat", "--installed", "generic", "--firmware"];
    const bare = await convert("fat.raw", ...wanted, "uefi");
    assert.match(bare.stderr, /UEFI boot loader.*\[verify\.boot-loader-missing\]/);
    await execa(
      "sh",
      [
        "-c",
        "mmd -i fat.raw@@1M ::/EFI ::/EFI/BOOT; echo loader >l; mcopy -i fat.raw@@1M l ::/EFI/BOOT/BOOTAA64.EFI",
      ],
      { cwd },
    );
    const other = "verify.other-architecture";
    for (const firmware of ["uefi", "bios"]) {
      const { stderr } = await convert("fat.raw", ...wanted, firmware);
      assert.match(stderr, /for arm64, and the machine is amd64/);
      assert.ok(stderr.includes(`[${other}]`));
    }
    await execa("mcopy", ["-i", "fat.raw@@1M", "l", "::/EFI/BOOT/BOOTX64.EFI"], { cwd });
    assert.equal((await convert("fat.raw", ...wanted, "uefi")).exitCode, 0);
    const bios = await convert("fat.raw", ...wanted, "bios");
    assert.match(bios.stderr, /no BIOS boot code.*\[verify\.boot-loader-missing\]/);
  });

  it("refuses an overlay, which is not complete", async () => {
    const overlay = ["create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", "over.qcow2"];
    await execa("qemu-img", overlay, { cwd });
    const ended = await convert("over.qcow2", "--format", "vmdk", "--to", "never");
    assert.equal(ended.exitCode, 1);
    assert.match(ended.stderr, /over\.qcow2 is an overlay of .*disk\.raw.*\[convert\.failed\]/s);
    assert.deepEqual(await readdir(join(cwd, "never")), []);
  });

  const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      "a disk that is not there",
      ["none.raw", "--format", "raw"],
      /<disk>: there is no file none\.raw/,
    ],
    [
      "a file name without a known extension",
      ["notes.txt", "--format", "raw"],
      /--from: is missing: "\.txt" does not say/,
    ],
    [
      "an unknown format",
      ["disk.raw", "--format", "vdi"],
      /--format \(formats\[0\]\.type\).*'raw' \| /s,
    ],
    [
      "an option of a format that is not made",
      ["disk.raw", "--format", "raw", "--format-option", "ova.cpus=2"],
      /--format-option: "ova\.cpus" needs --format ova/,
    ],
    [
      "a value from a file that is not there",
      ["disk.raw", "--format", "ova", "--format-option", "ova.extraConfig.guestinfo.a=@gone"],
      /--format-option: gone cannot be read/,
    ],
  ];
  for (const [what, args, message] of refusals) {
    it(`refuses ${what}`, async () => {
      await writeFile(join(cwd, "notes.txt"), "no disk");
      const ended = await convert(...args, "--to", "never");
      assert.equal(ended.exitCode, 2, ended.stderr);
      assert.match(ended.stderr, message);
    });
  }
});
