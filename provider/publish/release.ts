import type { Marker } from "../plan/record";
import { recordPaths } from "../plan/record";
import type { Publication } from "../spec/state";
import { readMarkers, readRecord, requestsOf, unmark } from "./record";
import type { RecordStore, Target } from "./target";

export interface Release {
  readonly installKey: string;
  /** Whose marker goes. */
  readonly instance: string;
  /** What the owner knows of, in case a record was lost. */
  readonly publications: readonly Publication[];
}

export interface Released {
  readonly removed: readonly Publication[];
  /** What stays, because these still own the image. */
  readonly kept: readonly { readonly target: string; readonly owners: readonly Marker[] }[];
}

/**
 * Gives up one owner's hold on an image, and removes at each target what nobody owns any more.
 *
 * Each target decides by its own record, so that two stacks that share one bucket, but not a second one, never
 * delete each other's.
 */
export async function release(
  { installKey, instance, publications }: Release,
  targets: readonly Target[],
  /** The local cache's, when the owner leaves all targets. */
  cacheRecords: RecordStore | undefined,
  signal: AbortSignal,
): Promise<Released> {
  const removed: Publication[] = [];
  const kept: Released["kept"][number][] = [];
  for (const target of targets) {
    await unmark(target.records, installKey, instance, signal);
    const record = await readRecord(target.records, installKey, signal);
    if (record.markers.length > 0) {
      kept.push({ target: target.id, owners: record.markers });
      continue;
    }
    const known = [...record.publications, ...publications];
    for (const publication of await lyingAt(target, known, signal)) {
      // Asked anew each time: somebody may have adopted the image a moment ago.
      const owners = await readMarkers(target.records, installKey, signal);
      if (owners.length > 0) {
        kept.push({ target: target.id, owners });
        break;
      }
      await target.remove(publication, signal);
      removed.push(publication);
    }
    if ((await readMarkers(target.records, installKey, signal)).length === 0) {
      await removeRecord(target.records, installKey, signal);
    }
  }
  if (cacheRecords === undefined) return { removed, kept };
  await unmark(cacheRecords, installKey, instance, signal);
  if ((await readMarkers(cacheRecords, installKey, signal)).length === 0) {
    await removeRecord(cacheRecords, installKey, signal);
  }
  return { removed, kept };
}

/** Takes a pending claim back, and the record with it where it leads to nothing; a live one stays. */
export async function abandon(
  store: RecordStore,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<void> {
  await store.remove(recordPaths.owner(key, instance, "pending"), signal);
  const { markers, publications } = await readRecord(store, key, signal);
  if (markers.length === 0 && publications.length === 0) await removeRecord(store, key, signal);
}

async function removeRecord(store: RecordStore, key: string, signal: AbortSignal): Promise<void> {
  // The head goes last: until then another program that looks still finds a whole record to continue from.
  for (const path of await store.list(recordPaths.publications(key), signal)) {
    await store.remove(path, signal);
  }
  for (const path of await requestsOf(store, key, signal)) await store.remove(path, signal);
  await store.remove(recordPaths.head(key), signal);
}

/**
 * What lies at a target. A folder that was moved, that is mounted elsewhere, or whose path somebody else wrote in
 * another way, is called otherwise in its own record: what lies in it is found by looking.
 */
async function lyingAt(
  target: Target,
  known: readonly Publication[],
  signal: AbortSignal,
): Promise<Publication[]> {
  const named = known.filter((publication) => publication.target === target.id);
  const here = new Map(named.map((publication) => [nameOf(publication), publication]));
  if (!isFolder(target.id)) return [...here.values()];
  for (const publication of known) {
    if (!isFolder(publication.target) || here.has(nameOf(publication))) continue;
    const { state } = await target.find(publication, signal);
    if (state === "present") here.set(nameOf(publication), { ...publication, target: target.id });
  }
  return [...here.values()];
}

/** Its folder's and its own name: no target has two publications that agree in both. */
function nameOf({ uri }: Publication): string {
  return uri.split("/").slice(-2).join("/");
}

function isFolder(target: string): boolean {
  return target.startsWith("directory:");
}
