import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startLockHolder } from "../../system/lock/holder";
import { throwIfCancelled } from "../../base/cancellation";
import type { Workspace } from "../../system/workspace";
import { cacheKinds, listCache, type CacheEntry } from "./entries";

export interface PruneOptions {
  /** Whether the newest of each kind is spared. */
  readonly newest: "stays" | "goes";
  /** What was used since then is spared. */
  readonly olderThanMilliseconds: number;
}

export interface Pruned {
  readonly removed: readonly CacheEntry[];
  /** What a running build has locked. */
  readonly inUse: readonly CacheEntry[];
  readonly kept: readonly CacheEntry[];
}

export async function pruneCache(
  workspace: Workspace,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<Pruned> {
  const entries = await listCache(workspace);
  const doomed = chooseDoomed(entries, options, Date.now());
  const removed: CacheEntry[] = [];
  const inUse: CacheEntry[] = [];
  for (const entry of doomed) {
    throwIfCancelled(signal);
    const gone =
      entry.kind === "installers"
        ? await removeInstaller(workspace, entry)
        : await removeLocked(workspace.lock(entry.name), entry);
    (gone === "removed" ? removed : inUse).push(entry);
  }
  return { removed, inUse, kept: entries.filter((entry) => !doomed.includes(entry)) };
}

/** Which entries the wish means; `entries` are newest first within their kind. */
export function chooseDoomed(
  entries: readonly CacheEntry[],
  { newest, olderThanMilliseconds }: PruneOptions,
  now: number,
): CacheEntry[] {
  return cacheKinds
    .flatMap((kind) => {
      const those = entries.filter((entry) => entry.kind === kind);
      return newest === "stays" ? those.slice(1) : those;
    })
    .filter(({ lastUsed }) => now - Date.parse(lastUsed) >= olderThanMilliseconds);
}

type Outcome = "removed" | "in use";

/** Under the same lock that a build of that install key takes, so none can begin meanwhile. */
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

/** Nothing tells which builds use an installer, so all of them must have ended. */
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
