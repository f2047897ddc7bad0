import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { writeCopies } from "../../../../provider/cli/commands/copies";
import type { Publication } from "../../../../provider/schema/state";

describe("writeCopies", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-copies-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function publishAndCopy(
    content: string,
    copy: string,
    installer = "a.iso",
  ): Promise<string[]> {
    const published = join(folder, `published-${content}`);
    // A published file is never written again.
    await writeFile(published, content, { flag: "wx" }).catch(() => undefined);
    const notes: string[] = [];
    const publication: Publication = {
      ...{
        format: "qcow2",
        target: "directory:x",
        uri: "",
        mediaType: "",
        artifactKey: "",
        encoder: "",
      },
      url: pathToFileURL(published).href,
      sizeBytes: content.length,
    };
    await writeCopies(
      { copy: [`qcow2=${join(folder, copy)}`], installer: resolve(folder, installer) },
      { artifacts: [publication] },
      {
        cacheDirectory: join(folder, "cache"),
        note: (text) => notes.push(text),
        signal: new AbortController().signal,
      },
    );
    return notes;
  }

  const files = async (): Promise<string[]> => (await readdir(join(folder, "out"))).sort();

  it("creates the folder and leaves no other file in it", async () => {
    assert.match(
      (await publishAndCopy("one", "out/*.qcow2")).join(),
      /out\/a\.qcow2 is a copy of /,
    );
    assert.equal(await readFile(join(folder, "out", "a.qcow2"), "utf8"), "one");
    assert.deepEqual(await files(), ["a.qcow2"]);
  });

  it("does not write an up-to-date copy again", async () => {
    await publishAndCopy("one", "out/a");
    const before = await stat(join(folder, "out", "a"));
    assert.match((await publishAndCopy("one", "out/a")).join(), /is up to date/);
    const { ino, ctimeMs } = await stat(join(folder, "out", "a"));
    assert.deepEqual([ino, ctimeMs], [before.ino, before.ctimeMs]);
  });

  it("replaces a copy of another image or with changed content, and removes what a killed run left", async () => {
    await publishAndCopy("one", "out/a");
    await writeFile(join(folder, "out", ".a.partial"), "half");
    await publishAndCopy("two", "out/a");
    assert.equal(await readFile(join(folder, "out", "a"), "utf8"), "two");
    await writeFile(join(folder, "out", "a"), "2wo");
    await publishAndCopy("two", "out/a");
    assert.equal(await readFile(join(folder, "out", "a"), "utf8"), "two");
    assert.deepEqual(await files(), ["a"]);
  });

  it("does not replace the installer, even through a link", async () => {
    await writeFile(join(folder, "a.iso"), "installer");
    await symlink(folder, join(folder, "out"));
    await assert.rejects(
      publishAndCopy("one", "out/a.iso"),
      /a\.iso is the installer itself.*\[publish\.name-taken\]/,
    );
    assert.equal(await readFile(join(folder, "a.iso"), "utf8"), "installer");
  });

  it("reports a file in the place of a folder", async () => {
    await publishAndCopy("one", "out/a/b");
    await assert.rejects(publishAndCopy("one", "out/a"), /write the copy .*out\/a/);
  });
});
