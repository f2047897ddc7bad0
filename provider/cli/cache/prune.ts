import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startLockHolder } from "../../system/lock/holder";
import { throwIfCancelled } from "../../base/cancellation";
import type { Workspace } from "../../system/workspace";
import { cacheKinds, listCache, type CacheEntry } from "./entries";

/** Selects the entries to remove. */
interface PruneRequest {
  /** Whether to keep the newest entry of each kind. */
  readonly newest: "keep" | "remove";
  /** Entries that were used within this time are kept. */
  readonly olderThanMilliseconds: number;
}

interface Pruned {
  readonly removed: readonly CacheEntry[];
  /** Entries that a running build has locked. */
  readonly inUse: readonly CacheEntry[];
  readonly kept: readonly CacheEntry[];
}

export async function pruneCache(
  workspace: Workspace,
  request: PruneRequest,
  signal: AbortSignal,
): Promise<Pruned> {
  const entries = await listCache(workspace);
  const chosen = chooseEntries(entries, request, Date.now());
  const removed: CacheEntry[] = [];
  const inUse: CacheEntry[] = [];
  for (const entry of chosen) {
    throwIfCancelled(signal);
    const outcome =
      entry.kind === "installers"
        ? await removeInstaller(workspace, entry)
        : await removeLocked(workspace.lock(entry.name), entry);
    (outcome === "removed" ? removed : inUse).push(entry);
  }
  return { removed, inUse, kept: entries.filter((entry) => !chosen.includes(entry)) };
}

/** The entries that a request removes; `entries` must be sorted, the newest of each kind first. */
export function chooseEntries(
  entries: readonly CacheEntry[],
  { newest, olderThanMilliseconds }: PruneRequest,
  now: number,
): CacheEntry[] {
  return cacheKinds
    .flatMap((kind) => {
      const ofKind = entries.filter((entry) => entry.kind === kind);
      return newest === "keep" ? ofKind.slice(1) : ofKind;
    })
    .filter(({ lastUsed }) => now - Date.parse(lastUsed) >= olderThanMilliseconds);
}

type Outcome = "removed" | "in use";

/** Holds the lock of the install key, so that no build of it can start meanwhile. */
async function removeLocked(lock: string, entry: CacheEntry): Promise<Outcome> {
  await mkdir(dirname(lock), { recursive: true });
  const holder = startLockHolder(lock, "try");
  try {
    if (!(await holder.locked)) return "in use";
    await rm(entry.path, { recursive: true, force: true });
    return "removed";
  } finally {
    await holder.release();
  }
}

/** Removes an installer only if no build is running: it is not known which build uses it. */
async function removeInstaller(workspace: Workspace, entry: CacheEntry): Promise<Outcome> {
  const folder = dirname(workspace.lock("any"));
  const locks = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".lock"));
  for (const name of locks) {
    const holder = startLockHolder(join(folder, name), "try");
    const free = await holder.locked.finally(() => holder.release());
    if (!free) return "in use";
  }
  await rm(entry.path, { recursive: true, force: true });
  return "removed";
}
