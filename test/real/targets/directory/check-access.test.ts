import assert from "node:assert/strict";
import { execa } from "execa";
import { chmod, mkdir, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode } from "../../../../provider/base/errors";
import { noFindings } from "../../../../provider/targets/access";
import { checkDirectory } from "../../../../provider/targets/directory/check-access";
import { directoryTarget } from "../../../../provider/targets/directory/target";
import { never, useFolder } from "../../../support/artifacts";
import { listingOf, needs } from "../access";

describe("asking a directory", () => {
  const folder = useFolder();
  let base = "";
  beforeEach(async () => {
    base = await mkdtemp(join(folder(), "t-"));
  });
  const check = (path: string, wanted = needs) =>
    directoryTarget(
      { type: "directory", path },
      { rootDirectory: base, cacheDirectory: join(base, "cache") },
    ).checkAccess(wanted, never);

  async function assertRefused(path: string, code: ErrorCode, ...texts: RegExp[]): Promise<void> {
    const before = await listingOf(base);
    const { problems } = await check(path);
    assert.deepEqual(
      problems.map((it) => it.code),
      [code],
      path,
    );
    for (const text of texts) assert.match(problems[0]?.message ?? "", text);
    assert.equal(await listingOf(base), before);
  }

  it("says nothing of a folder that does not exist yet, and does not create it", async () => {
    assert.deepEqual(await check("a/b/c"), noFindings);
    assert.deepEqual(await readdir(base), []);
  });

  it("removes the empty folder that a killed check left", async () => {
    await mkdir(join(base, ".stylus-image-check"));
    assert.deepEqual(await check("."), noFindings);
    assert.deepEqual(await readdir(base), []);
  });

  it("refuses a file, a path below a file, and a link to nowhere", async () => {
    await writeFile(join(base, "file"), "");
    await symlink("/nowhere/at/all", join(base, "link"));
    await assertRefused(
      "file",
      "publish.failed",
      /file is not a folder\. Correct the target's `path`/,
    );
    await assertRefused("file/below/it", "publish.failed", /file is not a folder/);
    await assertRefused(
      "link",
      "publish.not-found",
      /link is a symbolic link to a folder that does not/,
    );
    await assertRefused("link/below", "publish.not-found", /not mounted/);
  });

  it("refuses what even root cannot write to: a read-only mount, /proc, an immutable record folder", async () => {
    const mount = join(base, "mount");
    await mkdir(mount);
    await execa("mount", ["-t", "tmpfs", "-o", "size=4m,ro", "tmpfs", mount]);
    try {
      await assertRefused("mount", "publish.denied", /read-only/);
      await assertRefused("mount/images", "publish.denied", /Correct the folder's owner and mode/);
    } finally {
      await execa("umount", [mount]);
    }
    await assertRefused("/proc/images", "publish.failed", /Cannot write to \/proc/);
  });

  it("refuses a file system that is certainly too small, and one without a free inode", async () => {
    const mount = join(base, "small");
    await mkdir(mount);
    await execa("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]);
    try {
      await assertRefused("small/images", "host.disk-full", /has 1 MiB free, .* at least 2 MiB\./);
      assert.deepEqual(await check("small", { ...needs, leastBytes: 1000 }), noFindings);
    } finally {
      await execa("umount", [mount]);
    }
    await execa("mount", ["-t", "tmpfs", "-o", "size=8m,nr_inodes=1", "tmpfs", mount]);
    try {
      await assertRefused("small", "host.disk-full", /The file system or the quota is full/);
    } finally {
      await execa("umount", [mount]);
    }
  });

  it("refuses another user's folder, with a readable one above it or below it", async () => {
    const images = join(base, "images");
    await mkdir(join(images, ".stylus-image"), { recursive: true });
    await chmod(folder(), 0o755);
    await chmod(base, 0o755);
    const module = require.resolve("../../../../provider/targets/directory/check-access.ts");
    assert.equal(typeof checkDirectory, "function");
    const program = `
      require("./test/typescript.cjs");
      const { checkDirectory } = require(${JSON.stringify(module)});
      const { signal } = new AbortController();
      checkDirectory(process.argv[1], ${JSON.stringify(needs)}, signal).then(({ problems }) =>
        console.log(JSON.stringify(problems.map(({ message }) => message))));`;
    const as = async (path: string): Promise<string[]> => {
      const user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
      const args = [...user, process.execPath, "-e", program, path];
      const env = { HOME: "/nonexistent", TS_NODE_FILES: "false" };
      const { stdout } = await execa("setpriv", args, { env });
      return JSON.parse(stdout) as string[];
    };
    assert.match(
      (await as(images))[0] ?? "",
      /Cannot write to .*images: EACCES.*\[publish\.denied\]/,
    );
    await chmod(images, 0o777);
    // The record folder is still another user's.
    assert.match((await as(images))[0] ?? "", /Cannot write to .*\.stylus-image: EACCES/);
    await chmod(join(images, ".stylus-image"), 0o777);
    assert.deepEqual(await as(images), []);
    assert.match((await as(join(base, "new")))[0] ?? "", /EACCES/);
  });
});
