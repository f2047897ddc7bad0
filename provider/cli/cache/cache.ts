import { formatSize } from "../../base/size";
import { defaultCacheDirectory, workspaceAt } from "../../system/workspace";
import type { JsonOptions } from "../options/option";
import { cancellable } from "../terminal/cancellable";
import { note, printJson, printLines } from "../terminal/output";
import { cacheKinds, listCache, type CacheEntry } from "./entries";
import type { PruneOptions } from "./options";
import { pruneCache } from "./prune";

export async function cacheList({ json }: JsonOptions): Promise<void> {
  const workspace = workspaceAt(defaultCacheDirectory());
  const entries = await listCache(workspace);
  if (json === true) {
    printJson({ cacheDirectory: workspace.root, entries });
    return;
  }
  printLines([
    `${workspace.root}, ${total(entries)} on disk`,
    ...cacheKinds.flatMap((kind) => {
      const ofKind = entries.filter((entry) => entry.kind === kind);
      if (ofKind.length === 0) return [];
      return ["", `${kind}, ${total(ofKind)}`, ...ofKind.map((entry) => `  ${describe(entry)}`)];
    }),
  ]);
}

export async function cachePrune(options: PruneOptions): Promise<void> {
  const workspace = workspaceAt(defaultCacheDirectory());
  const { removed, inUse, kept } = await cancellable(
    (signal) =>
      pruneCache(
        workspace,
        {
          newest: options.all === true ? "remove" : "keep",
          olderThanMilliseconds: options.olderThan ?? 0,
        },
        signal,
      ),
    note,
  );
  if (options.json === true) {
    printJson({ cacheDirectory: workspace.root, removed, inUse, kept });
    return;
  }
  printLines([
    ...removed.map((entry) => `removed  ${entry.kind} ${describe(entry)}`),
    ...inUse.map((entry) => `in use   ${entry.kind} ${describe(entry)}`),
    ...kept.map((entry) => `kept     ${entry.kind} ${describe(entry)}`),
    `${total(removed)} freed.`,
  ]);
}

function describe({ name, allocatedBytes, lastUsed }: CacheEntry): string {
  return `${name}  ${formatSize(allocatedBytes)}, used ${describeAge(lastUsed)} ago`;
}

function describeAge(lastUsed: string): string {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(lastUsed)) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function total(entries: readonly CacheEntry[]): string {
  return formatSize(entries.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0));
}
