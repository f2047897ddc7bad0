import type { Marker } from "../plan/record";
import { recordPaths } from "../plan/record";
import type { Publication } from "../spec/state";
import { listMarkers, readNamedMarkers, readRecordedImage, requestsOf, unmark } from "./record";
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
  /** What stays, because these still own the image; of many owners some. */
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
    if (await isOwned(target.records, installKey, signal)) {
      const owners = await someOwners(target.records, installKey, signal);
      kept.push({ target: target.id, owners });
      continue;
    }
    const record = await readRecordedImage(target.records, installKey, signal);
    const known = [...record.publications, ...publications];
    for (const publication of await lyingAt(target, known, signal)) {
      // Asked anew each time: somebody may have adopted the image a moment ago.
      if (await isOwned(target.records, installKey, signal)) {
        const owners = await someOwners(target.records, installKey, signal);
        kept.push({ target: target.id, owners });
        break;
      }
      await target.remove(publication, signal);
      removed.push(publication);
    }
    if (!(await isOwned(target.records, installKey, signal))) {
      await removeRecord(target.records, installKey, signal);
    }
  }
  if (cacheRecords === undefined) return { removed, kept };
  await unmark(cacheRecords, installKey, instance, signal);
  if (!(await isOwned(cacheRecords, installKey, signal))) {
    await removeRecord(cacheRecords, installKey, signal);
  }
  return { removed, kept };
}

/** Asked often, of an image that hundreds may share. */
async function isOwned(store: RecordStore, key: string, signal: AbortSignal): Promise<boolean> {
  return (await listMarkers(store, key, signal, mostOwners)).length > 0;
}

/** Whom a message can name: nobody reads more. */
const mostOwners = 10;

async function someOwners(store: RecordStore, key: string, signal: AbortSignal): Promise<Marker[]> {
  const some = await listMarkers(store, key, signal, mostOwners);
  return readNamedMarkers(store, key, some, signal);
}

/** Takes a pending claim back, and the record with it where it leads to nothing; a live one stays. */
export async function abandon(
  store: RecordStore,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<void> {
  await store.remove(recordPaths.owner(key, instance, "pending"), signal);
  const owned = await isOwned(store, key, signal);
  const { publications } = await readRecordedImage(store, key, signal);
  if (!owned && publications.length === 0) await removeRecord(store, key, signal);
}

async function removeRecord(store: RecordStore, key: string, signal: AbortSignal): Promise<void> {
  // The head goes last: until then another program that looks still finds a whole record to continue from.
  for (const path of await store.list(recordPaths.publications(key), signal)) {
    await store.remove(path, signal);
  }
  for (const path of await requestsOf(store, key, signal)) await store.remove(path, signal);
  await store.remove(recordPaths.bareHead(key), signal);
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
  const named = known.filter((publication) => target.holds(publication));
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
