import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { withLock, withSlot, type LockOptions } from "../../../../provider/system/lock/lock";
import { inFolder, nextOutput, startScript, until } from "../process/run-process";

const options: LockOptions = { signal: new AbortController().signal };

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Process IDs of the lock holders of this process: `cat`, or the shell before it executes `cat`. */
function ownHolders(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isOwnHolder(pid))
    .map(Number);
}

function isOwnHolder(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return new RegExp(`^\\d+ \\((?:cat|sh)\\) [^ZX] ${process.pid} `).test(stat);
  } catch {
    return false;
  }
}

describe("withLock", () => {
  it("returns the result of the work, makes the folder, and frees the lock", () =>
    inFolder(async (folder) => {
      const path = join(folder, "deep", "lock");
      assert.equal(await withLock(path, options, () => Promise.resolve(1)), 1);
      assert.equal(await withLock(path, options, () => Promise.resolve(2)), 2);
      assert.deepEqual(await readdir(join(folder, "deep")), ["lock"]);
    }));

  it("rethrows an error of the work and frees the lock", () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      const failing = withLock(path, options, () => Promise.reject(new Error("broken")));
      await assert.rejects(failing, /broken/);
      assert.equal(await withLock(path, options, () => Promise.resolve("next")), "next");
    }));

  it("runs one at a time, and reports once to each other that it waits", () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      let inside = 0;
      let waits = 0;
      const work = async () => {
        inside += 1;
        assert.equal(inside, 1);
        // Keeps the lock until the others are seen to wait.
        await until(() => waits === 3);
        inside -= 1;
      };
      const wait = { ...options, onWait: () => void (waits += 1) };
      await Promise.all(Array.from({ length: 4 }, () => withLock(path, wait, work)));
      assert.equal(waits, 3);
    }));

  it("is free after its holder was killed", () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      const holder = startScript("../lock/hold.ts", [path]);
      assert.equal(await nextOutput(holder), "holds");
      const waiting = startScript("../lock/hold.ts", [path]);
      assert.equal(await nextOutput(waiting), "waits");
      await kill(holder);
      assert.equal(await nextOutput(waiting), "holds");
      await kill(waiting);
      assert.equal(await withLock(path, options, () => Promise.resolve("free")), "free");
    }));

  it("stops waiting when it is cancelled, and leaves no process behind", () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      const controller = new AbortController();
      await withLock(path, options, async () => {
        const wait = { signal: controller.signal, onWait: () => controller.abort() };
        const work = () => assert.fail("It has no lock.");
        await assert.rejects(withLock(path, wait, work), { code: "build.cancelled" });
        assert.equal(ownHolders().length, 1);
      });
      assert.equal(ownHolders().length, 0);
    }));

  it("keeps the lock while cancelled work cleans up", () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      const controller = new AbortController();
      await withLock(path, { signal: controller.signal }, async (signal) => {
        controller.abort();
        assert(signal.aborted);
        const second = new AbortController();
        const wait = { signal: second.signal, onWait: () => second.abort() };
        const work = () => assert.fail("It has no lock.");
        await assert.rejects(withLock(path, wait, work), { code: "build.cancelled" });
      });
    }));

  it("aborts the work when the lock is lost", () =>
    inFolder(async (folder) => {
      await withLock(join(folder, "lock"), options, async (signal) => {
        const [holder] = ownHolders();
        assert(holder !== undefined);
        process.kill(holder, "SIGKILL");
        await once(signal, "abort");
        assert.match(String(signal.reason), /was lost during the work/);
      });
    }));

  it("reports a lock file that cannot be made", () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, "lock"));
      const path = join(folder, "lock", "x".repeat(300));
      const work = () => assert.fail("It has no lock.");
      await assert.rejects(withLock(path, options, work), { code: "internal", message: /flock/ });
    }));
});

describe("withSlot", () => {
  it("runs as many as there are slots, and the next when one is killed", () =>
    inFolder(async (folder) => {
      const start = () => startScript("../lock/hold.ts", [folder, "2"]);
      const [first, second] = [start(), start()];
      assert.equal(await nextOutput(first), "holds");
      assert.equal(await nextOutput(second), "holds");
      const third = start();
      assert.equal(await nextOutput(third), "waits");
      await kill(second);
      assert.equal(await nextOutput(third), "holds");
      await Promise.all([kill(first), kill(third)]);
      assert.equal(await withSlot(folder, 2, options, () => Promise.resolve("free")), "free");
    }));
});
