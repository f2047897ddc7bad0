import type { Marker } from "../plan/record";
import type { Publication } from "../schema/state";
import type { RecordStore } from "../targets/record-store";
import {
  listMarkers,
  readMarkers,
  readNamedMarkers,
  removeMarkers,
  rewriteMarker,
  type MarkerName,
} from "./markers";
import { publicationsAt } from "./publications";
import { mayPublishAt } from "./publishes-at";
import { readRecordedImage, removePublication } from "./record";
import { startRemoval, type Removal } from "./removal";
import {
  joinReleased,
  nothingReleased,
  reachableRecords,
  releasedRecords,
  type Release,
  type Released,
  type ReleaseScope,
} from "./scope";

/** Time limit for restoring markers. The release has failed already, possibly because the network is down. */
const restoreMilliseconds = 10_000;

/**
 * Gives up an image at the targets that keep no records. A publication is removed only if no reachable record lists
 * another owner that may publish there; a record that cannot be read is an error.
 */
export async function releaseWithoutRecords(
  { installKey, instance, publications, places }: Release,
  scope: ReleaseScope,
  signal: AbortSignal,
): Promise<Released> {
  const targets = scope.targets.filter(({ capabilities }) => capabilities.records === undefined);
  if (targets.length === 0) return nothingReleased;
  const stores = reachableRecords(scope);
  const records = await Promise.all(
    stores.map((store) => readRecordedImage(store, installKey, signal)),
  );
  const known = [...records.flatMap((record) => record.publications), ...publications];
  const released = releasedRecords(scope);
  const own = await ownMarkers(stores, installKey, instance, signal);
  try {
    // Before other owners are looked up: of two owners that release at once, the later one must not see the other.
    for (const { store, marker } of own) {
      if (released.includes(store)) await removeMarkers(store, installKey, instance, signal);
      else await rewriteMarker(store, installKey, withoutTargets(marker, scope), signal);
    }
    const results: Released[] = [];
    for (const target of targets) {
      const others = (): Promise<Marker[]> =>
        otherOwners(stores, { installKey, instance, target: target.id }, signal);
      const here = await publicationsAt(target, known, signal);
      const removal = startRemoval(target, { installKey, places });
      const owners = await removeFrom(
        removal,
        here,
        others,
        async (publication) => {
          for (const store of stores)
            await removePublication(store, installKey, publication, signal);
        },
        signal,
      );
      const kept = owners.length > 0 ? [{ target: target.id, owners }] : [];
      results.push({ ...removal.done(), kept });
    }
    return joinReleased(results);
  } catch (thrown) {
    // The command line finds an image only by its markers: without them a failed release could not be repeated.
    const restore = AbortSignal.timeout(restoreMilliseconds);
    await Promise.allSettled(
      own.map(({ store, marker }) => rewriteMarker(store, installKey, marker, restore)),
    );
    throw thrown;
  }
}

interface StoredMarker {
  readonly store: RecordStore;
  readonly marker: Marker;
}

async function ownMarkers(
  stores: readonly RecordStore[],
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<StoredMarker[]> {
  const found = await Promise.all(
    stores.map(async (store) => {
      const markers = await readMarkers(store, key, signal, (name) => name.instance === instance);
      return markers.map((marker) => ({ store, marker }));
    }),
  );
  return found.flat();
}

/** Removes publications until another owner appears; returns the other owners. */
async function removeFrom(
  removal: Removal,
  publications: readonly Publication[],
  others: () => Promise<readonly Marker[]>,
  removeEntry: (publication: Publication) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly Marker[]> {
  for (const publication of publications) {
    // Checked before each removal: another owner may have adopted the image a moment ago.
    const owners = await others();
    if (owners.length > 0) return owners;
    await removal.remove(publication, signal);
    await removeEntry(publication);
  }
  return [];
}

/** The owner's marker without the targets of this release. */
function withoutTargets(marker: Marker, { targets, remainingTargets }: ReleaseScope): Marker {
  const left = targets.map(({ id }) => id);
  const named = marker.targets ?? remainingTargets.map(({ id }) => id);
  return { ...marker, targets: named.filter((target) => !left.includes(target)) };
}

interface OwnersQuery {
  readonly installKey: string;
  /** The owner that is not looked for. */
  readonly instance: string;
  readonly target: string;
}

/** How many markers are read at once. One other owner is enough to keep an image, and there may be hundreds. */
const batchSize = 10;

/** Some of the other owners that may publish at the target, from the first store that lists any. */
export async function otherOwners(
  stores: readonly RecordStore[],
  { installKey, instance, target }: OwnersQuery,
  signal: AbortSignal,
): Promise<Marker[]> {
  for (const store of stores) {
    const names = await listMarkers(store, installKey, signal);
    const others = names.filter((name) => name.instance !== instance);
    for (let start = 0; start < others.length; start += batchSize) {
      const batch = others.slice(start, start + batchSize);
      const markers = (
        await Promise.all(batch.map((name) => readOwner(store, installKey, name, signal)))
      ).flat();
      const isThere = await Promise.all(markers.map((marker) => mayPublishAt(marker, target)));
      const found = markers.filter((_, index) => isThere[index]);
      if (found.length > 0) return found;
    }
  }
  return [];
}

/** An owner's markers. A marker that disappears after it was listed may have been replaced by one of another state. */
async function readOwner(
  store: RecordStore,
  key: string,
  name: MarkerName,
  signal: AbortSignal,
): Promise<Marker[]> {
  const markers = await readNamedMarkers(store, key, [name], signal);
  if (markers.length > 0) return markers;
  return readMarkers(store, key, signal, ({ instance }) => instance === name.instance);
}
