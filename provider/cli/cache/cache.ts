import { formatSize } from "../../base/size";
import { defaultCacheDirectory, workspaceAt } from "../../system/workspace";
import { cacheKinds, listCache, type CacheEntry } from "./entries";
import { pruneCache, type PruneOptions } from "./prune";
import { cancellable } from "../terminal/run-watched";
import { note, printJson, printLines } from "../terminal/output";

interface JsonOption {
  readonly json?: boolean;
}

export async function cacheList({ json }: JsonOption): Promise<void> {
  const workspace = workspaceAt(defaultCacheDirectory());
  const entries = await listCache(workspace);
  if (json === true) {
    printJson({ cacheDirectory: workspace.root, entries });
    return;
  }
  printLines([
    `${workspace.root}, ${total(entries)} on disk`,
    ...cacheKinds.flatMap((kind) => {
      const those = entries.filter((entry) => entry.kind === kind);
      if (those.length === 0) return [];
      return ["", `${kind}, ${total(those)}`, ...those.map((entry) => `  ${describe(entry)}`)];
    }),
  ]);
}

export async function cachePrune(
  options: JsonOption & { readonly all?: boolean; readonly olderThan?: number },
): Promise<void> {
  const workspace = workspaceAt(defaultCacheDirectory());
  const wish: PruneOptions = {
    newest: options.all === true ? "goes" : "stays",
    olderThanMilliseconds: options.olderThan ?? 0,
  };
  const { removed, inUse, kept } = await cancellable(
    (signal) => pruneCache(workspace, wish, signal),
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
