import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { copyProblems, installerName, leaveCopies } from "../../../../provider/cli/commands/copies";
import type { Publication } from "../../../../provider/schema/state";

describe("the name of an installer", () => {
  const names: readonly (readonly [string, string])[] = [
    ["palette-edge-installer.iso", "palette-edge-installer"],
    ["/srv/Edge Installer-4.5.ISO", "Edge Installer-4.5"],
    ["dir/odd?#name.iso", "odd?#name"],
    ["https://host/a/Edge%204.iso?signature=x/y.iso#z", "Edge 4"],
    ["https://host/a/100%.iso", "100%"],
    ["https://host/%2Fetc%2Fpasswd", "passwd"],
    ["https://host/", "image"],
  ];
  for (const [installer, name] of names) {
    it(`${installer} is ${name}`, () => assert.equal(installerName(installer), name));
  }
});

describe("--copy", () => {
  const refusals: readonly (readonly [Parameters<typeof copyProblems>[0], RegExp])[] = [
    [{ copy: ["edge.qcow2"] }, /"edge\.qcow2" is not of the form format=file/],
    [{ copy: ["qcow2=images/"] }, /is not of the form format=file/],
    [{ copy: ["raw=a.img"], format: ["qcow2"] }, /"raw=a\.img" needs --format raw/],
    [{ copy: ["qcow2=a", "qcow2=./a"] }, /names .*\/a twice/],
    [
      { copy: ["iso=x/*.iso"], format: ["iso"], installer: "x/a.iso" },
      /would replace the installer x\/a\.iso itself; move/,
    ],
    [{ copy: ["qcow2=a"], to: ["s3://bucket"] }, /needs a folder among --to/],
  ];
  for (const [options, reason] of refusals) {
    it(`refuses ${options.copy?.join(" and ") ?? ""} ${options.to?.join() ?? ""}`, () => {
      const problems = copyProblems(options);
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["--copy"],
      );
      assert.match(problems[0]?.reason ?? "", reason);
    });
  }

  it("takes what is right", () => {
    const copy = ["raw=images/*.img", "raw=images/*.raw", "qcow2=/srv/a=b.qcow2"];
    assert.deepEqual(copyProblems({ copy, format: ["raw,qcow2"], installer: "a.iso" }), []);
  });
});

describe("copies", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-copies-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function leave(content: string, copy: string, installer = "a.iso"): Promise<string[]> {
    const published = join(folder, `published-${content}`);
    // Once, as publications are.
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
    await leaveCopies(
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

  it("are left in a folder that is made, with nothing beside them", async () => {
    assert.match((await leave("one", "out/*.qcow2")).join(), /out\/a\.qcow2 is a copy of /);
    assert.equal(await readFile(join(folder, "out", "a.qcow2"), "utf8"), "one");
    assert.deepEqual(await files(), ["a.qcow2"]);
  });

  it("are not written again where they are the same", async () => {
    await leave("one", "out/a");
    const before = await stat(join(folder, "out", "a"));
    assert.match((await leave("one", "out/a")).join(), /is the same already/);
    const { ino, ctimeMs } = await stat(join(folder, "out", "a"));
    assert.deepEqual([ino, ctimeMs], [before.ino, before.ctimeMs]);
  });

  it("are replaced by another image, where somebody wrote into them, and what a killed run left goes", async () => {
    await leave("one", "out/a");
    await writeFile(join(folder, "out", ".a.partial"), "half");
    await leave("two", "out/a");
    assert.equal(await readFile(join(folder, "out", "a"), "utf8"), "two");
    await writeFile(join(folder, "out", "a"), "2wo");
    await leave("two", "out/a");
    assert.equal(await readFile(join(folder, "out", "a"), "utf8"), "two");
    assert.deepEqual(await files(), ["a"]);
  });

  it("do not replace the installer, by whatever path it is reached", async () => {
    await writeFile(join(folder, "a.iso"), "installer");
    await symlink(folder, join(folder, "out"));
    await assert.rejects(
      leave("one", "out/a.iso"),
      /a\.iso is the installer itself.*\[publish\.name-taken\]/,
    );
    assert.equal(await readFile(join(folder, "a.iso"), "utf8"), "installer");
  });

  it("say what is in their way", async () => {
    await leave("one", "out/a/b");
    await assert.rejects(leave("one", "out/a"), /leave a copy as .*out\/a/);
  });
});
