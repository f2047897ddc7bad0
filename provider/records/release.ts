import { type Marker, recordPaths } from "../plan/record";
import type { Publication } from "../schema/state";
import type { Departure } from "./scope";
import { lyingAt } from "./publications";
import { dropPublication, readRecordedImage, requestsOf } from "./record";
import { listMarkers, readNamedMarkers, unmark } from "./markers";
import { removeReports } from "./reports";
import { releaseWithoutRecords } from "./release-unrecorded";
import type { RecordStore } from "../targets/record-store";

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
 * delete each other's. Of a target without records, every record at hand decides, before any of them goes.
 */
export async function release(
  whose: Release,
  departure: Departure,
  signal: AbortSignal,
): Promise<Released> {
  const { installKey, instance, publications } = whose;
  const ended = await releaseWithoutRecords(whose, departure, signal);
  const removed = [...ended.removed];
  const kept = [...ended.kept];
  for (const target of departure.targets) {
    const { records } = target.capabilities;
    if (records === undefined) continue;
    await unmark(records, installKey, instance, signal);
    if (await isOwned(records, installKey, signal)) {
      kept.push({ target: target.id, owners: await someOwners(records, installKey, signal) });
      continue;
    }
    const record = await readRecordedImage(records, installKey, signal);
    const known = [...record.publications, ...publications];
    for (const publication of await lyingAt(target, known, signal)) {
      // Asked anew each time: somebody may have adopted the image a moment ago.
      if (await isOwned(records, installKey, signal)) {
        kept.push({ target: target.id, owners: await someOwners(records, installKey, signal) });
        break;
      }
      await target.remove(publication, signal);
      // Of what is gone the cache must not say that it lies there, to whoever leaves the next target.
      await dropPublication(departure.cacheRecords, installKey, publication, signal);
      removed.push(publication);
    }
    if (!(await isOwned(records, installKey, signal))) {
      await removeReports(target, installKey, () => true, signal);
      await removeRecord(records, installKey, signal);
    }
  }
  if (departure.leaves === "these targets") return { removed, kept };
  await unmark(departure.cacheRecords, installKey, instance, signal);
  if (!(await isOwned(departure.cacheRecords, installKey, signal))) {
    await removeRecord(departure.cacheRecords, installKey, signal);
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
