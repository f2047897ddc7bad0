import { readdir, lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Workspace } from "../../system/workspace";

/** The kinds of entries that take up disk space. Records, answers and test results are small and are always kept. */
export const cacheKinds = ["installers", "disks", "builds", "logs"] as const;
type CacheKind = (typeof cacheKinds)[number];

export interface CacheEntry {
  readonly kind: CacheKind;
  /** SHA-256 of an installer, else the install key. */
  readonly name: string;
  readonly path: string;
  /** Disk space that removing it frees: holes do not count. */
  readonly allocatedBytes: number;
  /** ISO 8601 time of the last write or read. */
  readonly lastUsed: string;
}

/** All entries by kind, the newest first. */
export async function listCache(workspace: Workspace): Promise<CacheEntry[]> {
  const lists = await Promise.all(
    cacheKinds.map(async (kind) => {
      const folder = folderOf(workspace, kind);
      const names = await readdir(folder).catch(unlessAbsent);
      const entries = await Promise.all(names.map((name) => entryAt(kind, folder, name)));
      return entries.flat().toSorted((a, b) => Date.parse(b.lastUsed) - Date.parse(a.lastUsed));
    }),
  );
  return lists.flat();
}

function folderOf(workspace: Workspace, kind: CacheKind): string {
  switch (kind) {
    case "installers":
      return workspace.installers;
    case "disks":
      return dirname(workspace.disk("any"));
    case "builds":
      return dirname(workspace.build("any"));
    case "logs":
      return dirname(workspace.logs("any"));
  }
}

async function entryAt(kind: CacheKind, folder: string, name: string): Promise<CacheEntry[]> {
  const path = join(folder, name);
  const measured = await measure(path);
  if (measured === undefined) return [];
  const { allocatedBytes, lastUsed } = measured;
  return [{ kind, name, path, allocatedBytes, lastUsed: new Date(lastUsed).toISOString() }];
}

interface Measured {
  readonly allocatedBytes: number;
  readonly lastUsed: number;
}

/** Undefined if the entry is removed meanwhile. */
async function measure(path: string): Promise<Measured | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const own = { allocatedBytes: stats.blocks * 512, lastUsed: stats.mtimeMs };
  // The access time of a folder does not count: listing it here changes it.
  if (!stats.isDirectory()) return { ...own, lastUsed: Math.max(stats.mtimeMs, stats.atimeMs) };
  const names = await readdir(path).catch(unlessAbsent);
  const inside = (await Promise.all(names.map((name) => measure(join(path, name))))).filter(
    (it) => it !== undefined,
  );
  return {
    allocatedBytes: inside.reduce((sum, it) => sum + it.allocatedBytes, own.allocatedBytes),
    lastUsed: Math.max(own.lastUsed, ...inside.map((it) => it.lastUsed)),
  };
}

function unlessAbsent(thrown: unknown): string[] {
  if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return [];
  throw thrown;
}
