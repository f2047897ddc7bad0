import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { detectFormat } from "../../../../provider/formats/detect/detect";
import { formatNames, type FormatName } from "../../../../provider/schema/names";
import { MiB } from "../../../../provider/base/size";
import { runCli } from "../../cli/compiled-cli";

describe("recognising a file by its bytes", () => {
  let cwd = "";
  const run = (line: string) => execa("sh", ["-ec", line], { cwd });
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-recognise-"));
    const disk = await open(join(cwd, "disk.raw"), "w");
    await disk.truncate(1024 * MiB);
    await disk.write(Buffer.from([0x55, 0xaa]), 0, 2, 510);
    await disk.write(randomBytes(MiB), 0, MiB, 64 * MiB);
    await disk.close();
    const formats = formatNames.filter((name) => name !== "raw" && name !== "iso").join(",");
    const args = ["convert", "disk.raw", "--format", formats, "--to", "."];
    const ended = await runCli(args, { cwd });
    assert.equal(ended.exitCode, 0, ended.stderr);
    await run("echo hello >hello; xorriso -as mkisofs -quiet -o disk.iso hello");
    await run("gzip -kc disk.raw >disk.raw.gz; zstd -qkf disk.raw");
    await run("qemu-img convert -O vmdk disk.raw sparse.vmdk");
    await run("qemu-img convert -O vpc -o force_size=on disk.raw dynamic.vhd");
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const at = (name: string) => join(cwd, name);
  /** Under a name without a meaningful extension. */
  async function nameless(name: string, wanted?: FormatName) {
    await run(`ln -f ${name} file`);
    return detectFormat(at("file"), wanted);
  }

  const size = 1024 * MiB;
  const files: readonly (readonly [string, object, number?])[] = [
    ["disk.raw", { type: "raw", compression: "none" }, size],
    ["disk.raw.gz", { type: "raw", compression: "gzip" }],
    ["disk.raw.zst", { type: "raw", compression: "zstd" }],
    ["disk.qcow2", { type: "qcow2" }, size],
    ["disk.vmdk", { type: "vmdk" }, size],
    ["sparse.vmdk", { type: "vmdk" }, size],
    ["disk.ova", { type: "ova" }],
    ["disk.vhd", { type: "vhd" }, size],
    ["dynamic.vhd", { type: "vhd" }, size],
    ["disk.tar.gz", { type: "gce" }],
    ["disk.oci.tar", { type: "containerdisk" }],
    ["disk.iso", { type: "iso" }],
  ];
  for (const [name, kind, diskSizeBytes] of files) {
    it(`knows ${name}, under any name`, async () => {
      assert.deepEqual(await detectFormat(at(name)), { kind, diskSizeBytes });
      assert.deepEqual(await nameless(name), { kind, diskSizeBytes });
    });
  }

  const made: readonly (readonly [string, string, RegExp])[] = [
    ["an empty file", ": >empty", /^is empty$/],
    ["text", "yes | head -c 100000 >empty", /none of the formats; give --format raw/],
    ["xz", "xz -0c hello >empty", /compressed with xz/],
    ["a compressed qcow2", "gzip -c disk.qcow2 >empty", /another image, compressed with gzip/],
    ["compressed text", "gzip -c hello >empty", /no disk that can be recognised/],
    ["a compressed archive", "tar czf empty hello", /does not begin with `disk\.raw`/],
    ["an archive", "tar cf empty hello", /neither an OVA .* nor an OCI image/],
    [
      "a damaged archive",
      "head -c 3000 disk.oci.tar >empty; yes | head -c 5000 >>empty",
      /archive/,
    ],
    [
      "an overlay",
      "qemu-img create -q -f qcow2 -b disk.qcow2 -F qcow2 empty",
      /is an overlay of disk\.qcow2; join/,
    ],
    [
      "a qcow2 with its data elsewhere",
      "rm -f empty; qemu-img create -q -f qcow2 -o data_file=data.raw empty 1M",
      /keeps its data in another file/,
    ],
    [
      "a snapshot of a VMDK",
      "rm -f empty; qemu-img create -q -f vmdk -b sparse.vmdk -F vmdk empty",
      /stands on another VMDK/,
    ],
    [
      "the descriptor of a VMDK of several files",
      "qemu-img convert -O vmdk -o subformat=twoGbMaxExtentSparse hello several.vmdk; cp several.vmdk empty",
      /part of a VMDK of several files/,
    ],
    ["a VHDX", "qemu-img convert -O vhdx disk.raw empty", /is a VHDX/],
    ["a VDI", "qemu-img convert -O vdi disk.raw empty", /is a VDI/],
  ];
  for (const [what, line, said] of made) {
    it(`refuses ${what}`, async () => {
      await run(line);
      const found = await detectFormat(at("empty"));
      assert.match("problem" in found ? found.problem : JSON.stringify(found), said);
    });
  }

  it("asks where a raw disk's guest has written the mark of another format", async () => {
    const image = await readFile(at("disk.qcow2"));
    await writeFile(at("guest.raw"), image.subarray(0, image.length - (image.length % 512)));
    const found = await detectFormat(at("guest.raw"));
    assert.match("problem" in found ? found.problem : "", /named as raw and looks like qcow2/);
    const diskSizeBytes = image.length - (image.length % 512);
    const kind = { type: "raw", compression: "none" };
    assert.deepEqual(await detectFormat(at("guest.raw"), "raw"), { kind, diskSizeBytes });
    const qcow2 = { kind: { type: "qcow2" }, diskSizeBytes: size };
    assert.deepEqual(await detectFormat(at("guest.raw"), "qcow2"), qcow2);
  });

  it("takes no raw disk that is not whole sectors, whoever says so", async () => {
    await writeFile(at("odd.raw"), randomBytes(1000));
    const found = await detectFormat(at("odd.raw"), "raw");
    assert.match("problem" in found ? found.problem : "", /1000 bytes are not whole sectors/);
  });

  it("unpacks no more than it needs of what would fill the memory", async () => {
    await run(
      "truncate -s 1G bomb.raw; printf '\\125\\252' | dd of=bomb.raw bs=1 seek=510 conv=notrunc status=none",
    );
    await run("gzip -1kf bomb.raw; zstd -qkf bomb.raw");
    const before = process.memoryUsage().rss;
    for (const compression of ["gzip", "zstd"] as const) {
      const found = await detectFormat(at(`bomb.raw.${compression === "gzip" ? "gz" : "zst"}`));
      assert.deepEqual(found, { kind: { type: "raw", compression }, diskSizeBytes: undefined });
    }
    assert.ok(process.memoryUsage().rss - before < 64 * MiB);
  });
});
