import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { GiB, MiB } from "../../../../provider/base/size";
import {
  freeDiskSpace,
  machineFor,
  readHostCapacity,
  slotCount,
} from "../../../../provider/system/host/capacity";
import { readCgroupLimits } from "../../../../provider/system/host/cgroup";
import { run } from "../../../../provider/system/process/run";
import { inFolder } from "../process/run-process";

/** The files of the kernel, below a folder instead of `/`. */
async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
}

const memoryInfo = { "proc/meminfo": "MemTotal: 33554432 kB\nMemAvailable:   16777216 kB\n" };
const noLimits = { cores: Infinity, freeMemory: Infinity };

describe("readCgroupLimits", () => {
  it("reads version 2, the strictest of a group and all above it", () =>
    inFolder(async (root) => {
      await writeTree(root, {
        "proc/self/cgroup": "0::/outer/inner\n",
        "sys/fs/cgroup/outer/cpu.max": "150000 100000\n",
        "sys/fs/cgroup/outer/memory.max": "max\n",
        "sys/fs/cgroup/outer/inner/cpu.max": "max 100000\n",
        "sys/fs/cgroup/outer/inner/memory.max": `${4 * GiB}\n`,
        "sys/fs/cgroup/outer/inner/memory.current": `${3 * GiB}\n`,
        "sys/fs/cgroup/outer/inner/memory.stat": `anon 5\ninactive_file ${1 * GiB}\n`,
      });
      assert.deepEqual(await readCgroupLimits(root), { cores: 1.5, freeMemory: 2 * GiB });
    }));

  it("reads version 1, also where a container sees only the root of its tree", () =>
    inFolder(async (root) => {
      await writeTree(root, {
        "proc/self/cgroup": "4:memory:/docker/x\n2:cpu,cpuacct:/docker/x\n0::/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": `${2 * GiB}\n`,
        "sys/fs/cgroup/memory/memory.usage_in_bytes": `${512 * MiB}\n`,
        "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 0\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      });
      assert.deepEqual(await readCgroupLimits(root), { cores: 3, freeMemory: 1.5 * GiB });
    }));

  it("is unlimited without groups, or without limits of groups", () =>
    inFolder(async (root) => {
      assert.deepEqual(await readCgroupLimits(root), noLimits);
      await writeTree(root, {
        "proc/self/cgroup": "2:cpu:/\n0::/\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/memory.max": "max\n",
      });
      assert.deepEqual(await readCgroupLimits(root), noLimits);
    }));
});

describe("readHostCapacity", () => {
  it("is the smaller of what the host and its groups allow", () =>
    inFolder(async (root) => {
      await writeTree(root, memoryInfo);
      assert.equal((await readHostCapacity(root)).availableMemory, 16 * GiB);
      await writeTree(root, {
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": `${3 * GiB}`,
        "sys/fs/cgroup/cpu.max": "50000 100000",
      });
      assert.deepEqual(await readHostCapacity(root), { cores: 1, availableMemory: 3 * GiB });
    }));

  it("reads this machine", async () => {
    const { cores, availableMemory } = await readHostCapacity();
    assert(cores >= 1 && cores <= availableParallelism());
    assert(availableMemory > 0 && availableMemory <= totalmem());
  });
});

describe("machineFor", () => {
  it("fits this machine, as do the slots", async () => {
    const { cpus, memoryBytes } = await machineFor({ memory: 512 * MiB });
    assert(cpus <= availableParallelism());
    assert.equal(memoryBytes, 512 * MiB);
    const slots = await slotCount();
    assert(Number.isInteger(slots) && slots >= 1 && slots <= availableParallelism());
  });
});

describe("freeDiskSpace", () => {
  it("works for a folder that does not exist yet", () =>
    inFolder(async (folder) => {
      assert((await freeDiskSpace(join(folder, "not", "yet"))) > 0);
    }));

  it("agrees with df", async () => {
    const options = { signal: new AbortController().signal, code: "internal" } as const;
    const { stdout } = await run("df", ["--output=avail", "-B1", "/dev"], options);
    assert.equal(await freeDiskSpace("/dev"), Number(stdout.split("\n")[1]));
  });
});
