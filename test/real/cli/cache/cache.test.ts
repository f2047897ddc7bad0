import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startLockHolder } from "../../../../provider/system/lock/holder";
import { workspaceAt, type Workspace } from "../../../../provider/system/workspace";
import { runCli } from "../compiled-cli";

const key = (digit: string): string => digit.repeat(64);

describe("cache", () => {
  let cwd = "";
  let env: Record<string, string> = {};
  let workspace: Workspace;

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-cache-"));
    env = { XDG_CACHE_HOME: cwd };
    workspace = workspaceAt(join(cwd, "stylus-image"));
  });
  afterEach(() => rm(cwd, { recursive: true, force: true }));

  async function put(path: string, ageHours: number): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, Buffer.alloc(8192, 1));
    // A hole that must not count.
    await truncate(path, 1024 ** 3);
    const time = new Date(Date.now() - ageHours * 3_600_000);
    await utimes(path, time, time);
    await utimes(dirname(path), time, time);
  }

  const disk = (digit: string): string => join(workspace.disk(key(digit)), "disk.raw");
  const installer = (digit: string): string => join(workspace.installers, `${key(digit)}.iso`);

  async function fill(): Promise<void> {
    await put(disk("1"), 1);
    await put(disk("2"), 50);
    await put(disk("3"), 200);
    await put(installer("4"), 200);
  }

  const cache = (...args: string[]) => runCli(["cache", ...args], { cwd, env });

  it("lists nothing before the first build, without an error", async () => {
    const { exitCode, stdout } = await cache("list", "--json");
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(stdout), { cacheDirectory: workspace.root, entries: [] });
  });

  it("lists each entry with its size on disk, without holes, and its age", async () => {
    await fill();
    const { stdout } = await cache("list");
    assert.match(stdout, new RegExp(`^  ${key("1")}  (8|12|16) KiB, used 60 min ago$`, "m"));
    assert.match(stdout, new RegExp(`^  ${key("4")}.iso  8 KiB, used 8 d ago$`, "m"));
  });

  it("keeps the newest of each kind when pruned", async () => {
    await fill();
    const { exitCode, stdout } = await cache("prune");
    assert.equal(exitCode, 0);
    assert.deepEqual(["1", "2", "3"].map(disk).map(existsSync), [true, false, false]);
    assert.ok(existsSync(installer("4")));
    assert.match(stdout, /KiB freed\.$/);
  });

  it("keeps entries that were used within the given time", async () => {
    await fill();
    await cache("prune", "--older-than", "4d");
    assert.deepEqual(["1", "2", "3"].map(disk).map(existsSync), [true, true, false]);
  });

  it("never removes entries that a running build has locked, nor any installer meanwhile", async () => {
    await fill();
    const lock = workspace.lock(key("3"));
    await mkdir(dirname(lock), { recursive: true });
    const running = startLockHolder(lock, "wait");
    await running.locked;
    try {
      const { exitCode, stdout } = await cache("prune", "--all", "--json");
      assert.equal(exitCode, 0);
      const { inUse } = JSON.parse(stdout) as { inUse: { path: string }[] };
      assert.deepEqual(inUse.map(({ path }) => path).toSorted(), [
        dirname(disk("3")),
        installer("4"),
      ]);
      assert.deepEqual(["1", "2", "3"].map(disk).map(existsSync), [false, false, true]);
      assert.ok(existsSync(installer("4")));
    } finally {
      await running.release();
    }
    await cache("prune", "--all");
    assert.deepEqual([existsSync(disk("3")), existsSync(installer("4"))], [false, false]);
  });
});
