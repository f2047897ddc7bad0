import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Limits of this process by its control groups; Infinity for no limit. */
export interface CgroupLimits {
  readonly cores: number;
  readonly freeMemory: number;
}

/**
 * Reads the limits of this process's groups and of all groups above them, version 2 or 1: a container may be allowed
 * less than the host has. `root` is the folder with `proc` and `sys`.
 */
export async function readCgroupLimits(root: string): Promise<CgroupLimits> {
  const lines = (await readText(join(root, "proc/self/cgroup"))).trim().split("\n");
  const limits = await Promise.all(lines.map((line) => limitsOfLine(root, line)));
  return {
    cores: Math.min(Infinity, ...limits.map(({ cores }) => cores)),
    freeMemory: Math.min(Infinity, ...limits.map(({ freeMemory }) => freeMemory)),
  };
}

/** One line of /proc/self/cgroup: `0::/path` (version 2) or `4:memory:/path` (version 1). */
async function limitsOfLine(root: string, line: string): Promise<CgroupLimits> {
  const [id, controllers = "", path = "/"] = line.split(":");
  const mount = join(root, "sys/fs/cgroup");
  const version2 = id === "0";
  const tree = version2 ? mount : join(mount, controllers);
  const found: CgroupLimits[] = [];
  // In a container, the path may be the host's, while only the root of the tree is visible.
  for (const folder of upwards(tree, path)) {
    if (version2) found.push(await limitsOfGroup2(folder));
    else if (controllers === "memory") found.push(await memoryOfGroup1(folder));
    else if (controllers.split(",").includes("cpu")) found.push(await coresOfGroup1(folder));
  }
  return {
    cores: Math.min(Infinity, ...found.map(({ cores }) => cores)),
    freeMemory: Math.min(Infinity, ...found.map(({ freeMemory }) => freeMemory)),
  };
}

function upwards(tree: string, path: string): readonly string[] {
  const folders = [tree];
  for (let at = join("/", path); at !== "/"; at = dirname(at)) folders.push(join(tree, at));
  return folders;
}

async function limitsOfGroup2(folder: string): Promise<CgroupLimits> {
  const [quota = "", period] = (await readText(join(folder, "cpu.max"))).split(" ");
  const limit = await readNumber(join(folder, "memory.max"));
  const used = await readNumber(join(folder, "memory.current"));
  const cache = await cachedMemory(folder, "inactive_file");
  return { cores: share(Number(quota), Number(period)), freeMemory: free(limit, used, cache) };
}

async function memoryOfGroup1(folder: string): Promise<CgroupLimits> {
  const limit = await readNumber(join(folder, "memory.limit_in_bytes"));
  const used = await readNumber(join(folder, "memory.usage_in_bytes"));
  const cache = await cachedMemory(folder, "total_inactive_file");
  return { cores: Infinity, freeMemory: free(limit, used, cache) };
}

async function coresOfGroup1(folder: string): Promise<CgroupLimits> {
  const quota = await readNumber(join(folder, "cpu.cfs_quota_us"));
  const period = await readNumber(join(folder, "cpu.cfs_period_us"));
  return { cores: share(quota, period), freeMemory: Infinity };
}

/** Infinity for the quotas `max` and -1. */
function share(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Infinity;
}

/** Inactive file pages count as free: the kernel reclaims them at once. */
function free(limit: number, used: number, cache: number): number {
  if (Number.isNaN(limit)) return Infinity;
  return Math.max(0, limit - (Number.isNaN(used) ? 0 : used) + cache);
}

async function cachedMemory(folder: string, name: string): Promise<number> {
  const text = await readText(join(folder, "memory.stat"));
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}

/** NaN for a missing file, and for `max`. */
async function readNumber(path: string): Promise<number> {
  const text = (await readText(path)).trim();
  return text === "" ? NaN : Number(text);
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
