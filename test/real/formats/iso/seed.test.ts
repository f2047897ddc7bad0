import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { convertToSeed } from "../../../../provider/formats/iso/seed";
import { siteSeedFiles } from "../../../../provider/plan/user-data/seed-files";
import { StylusError } from "../../../../provider/base/errors";
import { temporaryFolder } from "../../../unit/agent/temporary-folder";

const document = { stylus: { site: { edgeHostToken: "t", name: "store-7" } } };
const files = siteSeedFiles(document);
const folder = temporaryFolder();
const contextOf = (output: string) => ({
  output,
  contentDigest: "",
  remote: true,
  onProgress: () => undefined,
  signal: new AbortController().signal,
});
const seedAt = async (path: string): Promise<string | undefined> => {
  await rm(path, { force: true });
  return (await convertToSeed(files, contextOf(path))).sha256;
};

describe("convertToSeed", () => {
  it("makes a CD labelled cidata that other programs read as it was meant", async () => {
    const path = join(folder(), "seed.iso");
    const sha256 = await seedAt(path);
    const { stdout: label } = await execa("blkid", ["-p", "-o", "value", "-s", "LABEL", path]);
    assert.equal(label, "cidata");
    const extract = async (name: string): Promise<string> =>
      (await execa("7z", ["e", "-so", path, name], { stripFinalNewline: false })).stdout;
    assert.equal(await extract("user-data"), files["user-data"]);
    assert.equal(await extract("meta-data"), files["meta-data"]);
    assert.match(files["meta-data"], /^instance-id: [0-9a-f]{64}\n$/);
    assert.equal((await execa("sha256sum", [path])).stdout.slice(0, 64), sha256);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("has the same bytes at another time, in another folder, under another umask and time zone", async () => {
    const first = await seedAt(join(folder(), "seed.iso"));
    const elsewhere = join(folder(), "else where");
    await mkdir(elsewhere);
    const [umask, zone] = [process.umask(0o077), process.env["TZ"]];
    try {
      process.env["TZ"] = "Pacific/Auckland";
      // The dates of a volume have a resolution of one hundredth of a second.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      assert.equal(await seedAt(join(elsewhere, "seed.iso")), first);
    } finally {
      process.umask(umask);
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
    }
  });

  it("leaves no file with the site's secrets beside it", async () => {
    const path = join(folder(), "seed.iso");
    await seedAt(path);
    const { stdout } = await execa("find", [folder(), "-type", "f"]);
    assert.deepEqual(stdout.split("\n"), [path]);
  });

  it("says what to do where the disk is full", async () => {
    const mount = join(folder(), "small");
    await mkdir(mount);
    await execa("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mount]);
    try {
      await assert.rejects(
        convertToSeed(files, contextOf(join(mount, "seed.iso"))),
        (error) => error instanceof StylusError && error.code === "host.disk-full",
      );
    } finally {
      await execa("umount", [mount]);
    }
  });

  it("says nothing of a base disk, which it has none of, whatever went wrong", async () => {
    await writeFile(join(folder(), "file"), "");
    const failed = convertToSeed(files, contextOf(join(folder(), "file", "seed.iso")));
    await assert.rejects(failed, (thrown: unknown) => {
      assert.ok(thrown instanceof StylusError);
      assert.equal(thrown.code, "convert.failed");
      assert.match(thrown.message, /ENOTDIR.*run it again/);
      assert.doesNotMatch(thrown.message, /base disk/);
      return true;
    });
  });

  it("is found out where other bytes were written than were meant", async () => {
    const tools = join(folder(), "tools");
    await mkdir(tools);
    const { stdout: xorriso } = await execa("which", ["xorriso"]);
    // Simulates a disk that loses writes: the file has the right size and name, and another token.
    const script = `#!/bin/sh\n${xorriso} "$@" || exit\nfor word; do case $word in *.iso) sed -i s/store-7/store-8/ "$word" ;; esac; done\n`;
    await writeFile(join(tools, "xorriso"), script, { mode: 0o755 });
    const path = process.env["PATH"] ?? "";
    process.env["PATH"] = `${tools}:${path}`;
    try {
      await assert.rejects(
        convertToSeed(files, contextOf(join(folder(), "seed.iso"))),
        /The seed was read back and is damaged: \/user-data holds other bytes.*\[convert\.failed\]/,
      );
    } finally {
      process.env["PATH"] = path;
    }
  });
});
