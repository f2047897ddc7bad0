import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { MiB } from "../../../../provider/base/size";
import { runCli } from "../compiled-cli";

const installKey = "a".repeat(64);

describe("inspect", () => {
  let cwd = "";
  let env: Record<string, string> = {};

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-inspect-"));
    env = { TMPDIR: join(cwd, "tmp") };
    await mkdir(env["TMPDIR"] ?? "");
    await makeIso();
    await makeImages();
    await makeRecord();
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  async function makeIso(): Promise<void> {
    const tree = join(cwd, "tree");
    await mkdir(join(tree, "boot/grub2"), { recursive: true });
    const menu =
      'set default=0\nset timeout=5\nmenuentry "Install me" {\n linux /boot/kernel a\n}\n';
    await writeFile(join(tree, "boot/grub2/grub.cfg"), menu);
    const kernel = Buffer.alloc(4096);
    kernel.write("ARMd", 0x38);
    await writeFile(join(tree, "boot/kernel"), kernel);
    await writeFile(join(tree, "config.yaml"), "#cloud-config\ninstall: {}\n");
    await execa(
      "xorriso",
      ["-as", "mkisofs", "-quiet", "-V", "TINY", "-R", "-o", "tiny.iso", tree],
      {
        cwd,
      },
    );
  }

  /** One ext4 file system in a GPT partition, raw and as a compressed qcow2. */
  async function makeImages(): Promise<void> {
    const raw = join(cwd, "disk.raw");
    await writeFile(raw, "");
    await truncate(raw, 64 * MiB);
    await execa("sfdisk", ["-q", raw], {
      input: "label: gpt\nstart=2048, size=65536, name=state\n",
    });
    const offset = `offset=${2048 * 512}`;
    await execa("mke2fs", ["-q", "-L", "COS_STATE", "-E", offset, raw, "32M"]);
    await execa("qemu-img", ["convert", "-c", "-O", "qcow2", raw, join(cwd, "disk.qcow2")]);
    await copyFile(join(cwd, "disk.qcow2"), join(cwd, "wrong-name.iso"));
    const overlay = ["create", "-q", "-f", "qcow2", "-b", "disk.qcow2", "-F", "qcow2"];
    await execa("qemu-img", [...overlay, "overlay.qcow2"], { cwd });
  }

  async function makeRecord(): Promise<void> {
    const record = join(cwd, "images", ".stylus-image", installKey);
    await mkdir(join(record, "owners"), { recursive: true });
    const head = {
      schemaVersion: 1,
      installKey,
      installerSha256: "b".repeat(64),
      recipe: "1",
      contentDigest: "c".repeat(64),
      virtualSizeBytes: 64 * MiB,
      firmware: "bios",
    };
    await writeFile(join(record, "head.json"), JSON.stringify(head));
    const marker = { instance: "cli-0", owner: "cli", time: "2026-01-01T00:00:00Z" };
    await writeFile(join(record, "owners", "cli-0.live.json"), JSON.stringify(marker));
    await copyFile(join(record, "head.json"), join(cwd, "lone.json"));
  }

  const inspect = (...args: string[]) => runCli(["inspect", ...args], { cwd, env });

  it("shows an installer's label, entries, embedded configuration and fitness", async () => {
    const { exitCode, stdout } = await inspect("tiny.iso");
    assert.equal(exitCode, 0);
    assert.match(stdout, /label +TINY/);
    assert.match(stdout, /architecture +arm64/);
    assert.match(stdout, /boot entries +Install me +\(boots by itself\)/);
    assert.match(stdout, /embedded config +\/config\.yaml/);
    assert.match(stdout, /fit for bios +no: The installer is for arm64/);
  });

  it("tells that a boot menu waits for a key", async () => {
    const tree = join(cwd, "waiting");
    await mkdir(join(tree, "boot/grub"), { recursive: true });
    await writeFile(join(tree, "bios.bin"), Buffer.alloc(2048));
    await writeFile(
      join(tree, "boot/grub/grub.cfg"),
      "menuentry --hotkey=g 'Graphical' {\n linux /k\n}\nsubmenu 'More' {\n menuentry 'Rescue' {\n linux /k\n }\n}\n",
    );
    const args = ["-as", "mkisofs", "-quiet", "-R", "-b", "bios.bin", "-no-emul-boot"];
    await execa("xorriso", [...args, "-o", "waiting.iso", tree], { cwd });
    const { stdout } = await inspect("waiting.iso");
    assert.match(
      stdout,
      /boot entries +Graphical +\(default\)\n +More\n +Rescue\n +the menu waits for a key; a build/,
    );
    // The boot loader is not known, so it may have a menu of its own.
    assert.match(stdout, /fit for bios +yes/);
  });

  it("prints the same as one JSON document", async () => {
    const document = JSON.parse((await inspect("tiny.iso", "--json")).stdout) as Record<
      string,
      unknown
    >;
    assert.deepEqual([document["type"], document["volumeLabel"]], ["iso", "TINY"]);
  });

  for (const [file, format] of [
    ["disk.raw", "raw"],
    ["disk.qcow2", "qcow2"],
    ["wrong-name.iso", "qcow2"],
  ] as const) {
    it(`shows an image's format, size and partitions, independent of its name: ${file}`, async () => {
      const { exitCode, stdout, stderr } = await inspect(file);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, new RegExp(`format +${format}, 64 MiB`));
      assert.match(stdout, /COS_STATE +ext\d +32 MiB +clean/);
      if (format === "qcow2") assert.match(stdout, /structure +sound/);
    });
  }

  it("does not open the backing file of an overlay", async () => {
    const { exitCode, stdout } = await inspect("overlay.qcow2");
    assert.equal(exitCode, 0);
    assert.match(stdout, /overlay of another image/);
    assert.ok(!stdout.includes("COS_STATE"));
  });

  it("leaves no temporary files", async () => {
    assert.deepEqual(await readdir(join(cwd, "tmp")), []);
  });

  for (const path of [
    "images",
    `images/.stylus-image/${installKey}`,
    `images/.stylus-image/${installKey}/head.json`,
  ]) {
    it(`shows a record with its owners: ${path.replace(installKey, "KEY")}`, async () => {
      const { exitCode, stdout } = await inspect(path);
      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`install key +${installKey}`));
      assert.match(stdout, /owner +cli \(live, 2026/);
    });
  }

  it("shows a head outside of its record", async () => {
    assert.match((await inspect("lone.json")).stdout, /content digest +c{64}/);
  });

  for (const [name, content, reason] of [
    ["text", "just text", "neither an ISO, an image nor a record"],
    ["other.json", "{}", "not the head of a record"],
    ["empty", "", "neither an ISO, an image nor a record"],
  ] as const) {
    it(`refuses other files: ${name}`, async () => {
      await writeFile(join(cwd, name), content);
      const { exitCode, stderr } = await inspect(name);
      assert.equal(exitCode, 2);
      assert.ok(stderr.includes(reason));
    });
  }

  it("refuses a folder without a record", async () => {
    const { exitCode, stderr } = await inspect("tree");
    assert.equal(exitCode, 2);
    assert.match(stderr, /contains no record/);
  });
});
