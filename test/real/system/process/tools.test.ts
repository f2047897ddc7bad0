import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { findTools, type ToolName } from "../../../../provider/system/process/tools";
import { toolTable } from "../../../../provider/system/process/tool-table";
import { inFolder, startScript, wholeOutput } from "./run-process";

const { signal } = new AbortController();

/** Runs tools-find.ts in a mount namespace in which some files of the machine are hidden. */
async function findWithout(...hidden: readonly string[]): Promise<string> {
  const mounts = hidden.map((path) => `mount --bind /dev/null ${path}`).join(" && ");
  const wrapper = ["unshare", "-m", "sh", "-c", `${mounts} && exec "$@"`, "sh"];
  return wholeOutput(startScript("tools-find.ts", [], wrapper));
}

describe("findTools", () => {
  it("finds every tool of the table, with a version", async () => {
    const names = Object.keys(toolTable) as ToolName[];
    const tools = await findTools(names, signal);
    for (const name of names) {
      assert(isAbsolute(tools[name].path), name);
      assert.match(tools[name].version, /^\d+\.\d+/, name);
    }
  });

  it("finds root's tools on the PATH of an ordinary user", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/usr/bin:/bin";
    try {
      const { e2fsck } = await findTools(["e2fsck"], signal);
      assert.match(e2fsck.path, /sbin\/e2fsck$/);
    } finally {
      process.env.PATH = path;
    }
  });

  it("prefers what is first on PATH, and refuses a version that is too old", () =>
    inFolder(async (folder) => {
      const old = join(folder, "qemu-img");
      await writeFile(old, '#!/bin/sh\necho "qemu-img version 4.2.1 (Debian)"\n');
      await chmod(old, 0o755);
      const path = process.env.PATH;
      process.env.PATH = `${folder}:${path ?? ""}`;
      try {
        await assert.rejects(findTools(["qemu-img"], signal), {
          code: "host.tool-missing",
          message: /qemu-img: \(.*\) is version 4\.2\.1, needed is 5\.2 or later/,
        });
      } finally {
        process.env.PATH = path;
      }
    }));

  it("names all missing tools at once, with one line to install them", async () => {
    const said = await findWithout("/usr/bin/xorriso", "/usr/bin/mdir");
    assert.match(said, /lacks 2 tools: `xorriso`, `mdir`/);
    assert.match(said, /sudo apt-get install -y mtools xorriso \[host\.tool-missing\]/);
    assert.match(said, /xorriso: is not installed/);
  });

  it("names setpriv and all other missing tools if setpriv is missing", async () => {
    const said = await findWithout("/usr/bin/setpriv", "/usr/bin/xorriso");
    assert.match(said, /lacks 2 tools: `setpriv`, `xorriso`/);
    assert.match(said, /sudo apt-get install -y util-linux xorriso/);
  });

  it("does nothing when it is cancelled", async () => {
    await assert.rejects(findTools(["xorriso"], AbortSignal.abort()), { code: "build.cancelled" });
  });
});
