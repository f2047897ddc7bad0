import { keysOfOwner, ownerTag, recordPaths, type Marker } from "../plan/record";
import { mark, readMarkers, unmark, type MarkerName } from "./record";
import { release } from "./release";
import type { RecordStore, Target } from "./target";

/** Whose image is the current one. */
export interface Current {
  readonly installKey: string;
  readonly owner: string;
  readonly instance: string;
}

/**
 * Turns the images that an owner used before into `previous` ones. Of the current image's other markers nothing is
 * left: a replaced instance that had the same image has nothing of its own to keep.
 */
export async function retire(
  store: RecordStore,
  { installKey, owner, instance }: Current,
  signal: AbortSignal,
): Promise<void> {
  for (const held of await heldBy(store, owner, signal)) {
    const { installKey: key, marker } = held;
    if (key === installKey) {
      if (marker.instance !== instance) await unmark(store, key, marker.instance, signal);
    } else if (marker.state === "live") {
      const time = new Date().toISOString();
      await mark(store, key, { ...marker, time, state: "previous" }, signal);
    }
  }
}

/** Gives up an owner's previous images, but for the newest `keep`; each record says by itself which these are. */
export async function sweepPrevious(
  owner: string,
  keep: number,
  targets: readonly Target[],
  cacheRecords: RecordStore | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const target of targets) {
    for (const old of await tooOld(target.records, owner, keep, signal)) {
      await release({ ...old, publications: [] }, [target], undefined, signal);
    }
  }
  if (cacheRecords === undefined) return;
  for (const old of await tooOld(cacheRecords, owner, keep, signal)) {
    await release({ ...old, publications: [] }, [], cacheRecords, signal);
  }
}

interface Held {
  readonly installKey: string;
  readonly marker: Marker;
}

/** One list, and one read for each marker of this owner's. */
async function heldBy(store: RecordStore, owner: string, signal: AbortSignal): Promise<Held[]> {
  const isOwn = ({ instance }: MarkerName): boolean => instance.startsWith(`${ownerTag(owner)}-`);
  const keys = keysOfOwner(await store.list(recordPaths.all, signal), owner);
  const held = await Promise.all(
    keys.map(async (installKey) =>
      (await readMarkers(store, installKey, signal, isOwn)).map((marker) => ({
        installKey,
        marker,
      })),
    ),
  );
  return held.flat().filter(({ marker }) => marker.owner === owner);
}

async function tooOld(
  store: RecordStore,
  owner: string,
  keep: number,
  signal: AbortSignal,
): Promise<{ installKey: string; instance: string }[]> {
  const held = await heldBy(store, owner, signal);
  return held
    .filter(({ marker }) => marker.state === "previous")
    .toSorted((one, other) => Date.parse(other.marker.time) - Date.parse(one.marker.time))
    .slice(keep)
    .map(({ installKey, marker }) => ({ installKey, instance: marker.instance }));
}
