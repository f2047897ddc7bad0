import { type Marker, recordPaths } from "../plan/record";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import { listMarkers, readNamedMarkers, removeMarkers } from "./markers";
import { publicationsAt } from "./publications";
import { findRequestPaths, readRecordedImage, removePublication } from "./record";
import { releaseWithoutRecords } from "./release-without-records";
import { removeReports } from "./reports";
import { startRemoval } from "./removal";
import {
  joinReleased,
  nothingReleased,
  type Release,
  type Released,
  type ReleaseScope,
} from "./scope";

/**
 * Ends the ownership of one instance, and removes from each target the publications that have no owner left.
 *
 * The record at a target decides about that target alone: two stacks that share one bucket but not a second one never
 * delete each other's images. Targets without records come first, while all records still exist, because all of them
 * decide together.
 */
export async function release(
  ended: Release,
  scope: ReleaseScope,
  signal: AbortSignal,
): Promise<Released> {
  const results = [await releaseWithoutRecords(ended, scope, signal)];
  for (const target of scope.targets) {
    const { records } = target.capabilities;
    if (records === undefined) continue;
    results.push(await releaseAt(target, records, ended, scope.cacheRecords, signal));
  }
  if (scope.scope === "all") await releaseRecord(scope.cacheRecords, ended, signal);
  return joinReleased(results);
}

async function releaseAt(
  target: Target,
  records: RecordStore,
  { installKey, instance, publications, places }: Release,
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<Released> {
  const kept = async (): Promise<Released["kept"]> => [
    { target: target.id, owners: await someOwners(records, installKey, signal) },
  ];
  await removeMarkers(records, installKey, instance, signal);
  if (await isOwned(records, installKey, signal)) return { ...nothingReleased, kept: await kept() };

  const record = await readRecordedImage(records, installKey, signal);
  const known = [...record.publications, ...publications];
  const removal = startRemoval(target, { installKey, places, cacheRecords });
  for (const publication of await publicationsAt(target, known, signal)) {
    // Checked before each removal: another owner may have adopted the image a moment ago.
    if (await isOwned(records, installKey, signal)) {
      return { ...removal.done(), kept: await kept() };
    }
    await removal.remove(publication, signal);
    // The release at the next target reads the cache's record, which must not list removed publications.
    await removePublication(cacheRecords, installKey, publication, signal);
  }
  if (!(await isOwned(records, installKey, signal))) {
    await removeReports(target, installKey, () => true, signal);
    await removeRecord(records, installKey, signal);
    await target.capabilities.place?.removeUnusedId?.(signal);
  }
  return removal.done();
}

async function releaseRecord(
  store: RecordStore,
  { installKey, instance }: Release,
  signal: AbortSignal,
): Promise<void> {
  await removeMarkers(store, installKey, instance, signal);
  if (!(await isOwned(store, installKey, signal))) await removeRecord(store, installKey, signal);
}

/** Removes a pending marker, and the record with it where it has no publication and no other owner. */
export async function removeClaim(
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

/** How many owners a message lists. An image may have hundreds, and this is checked often. */
const maxListedOwners = 10;

async function isOwned(store: RecordStore, key: string, signal: AbortSignal): Promise<boolean> {
  return (await listMarkers(store, key, signal, maxListedOwners)).length > 0;
}

async function someOwners(store: RecordStore, key: string, signal: AbortSignal): Promise<Marker[]> {
  const names = await listMarkers(store, key, signal, maxListedOwners);
  return readNamedMarkers(store, key, names, signal);
}

async function removeRecord(store: RecordStore, key: string, signal: AbortSignal): Promise<void> {
  for (const path of await store.list(recordPaths.publications(key), signal)) {
    await store.remove(path, signal);
  }
  for (const path of await findRequestPaths(store, key, signal)) await store.remove(path, signal);
  // The heads go last: until then another program finds a complete record and can continue from it.
  await store.remove(recordPaths.bareHead(key), signal);
  await store.remove(recordPaths.head(key), signal);
}
