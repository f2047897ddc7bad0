import type { Marker } from "../plan/record";
import type { Publication } from "../schema/state";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import { addMarker, listMarkers, readMarkers, readNamedMarkers, removeMarkers } from "./markers";
import { publicationsAt } from "./publications";
import { readRecordedImage, removePublication } from "./record";
import {
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
 * another owner; a record that cannot be read is an error. The publication also stays if the other owner never published
 * to this target: no record says at which targets an owner published.
 */
export async function releaseWithoutRecords(
  { installKey, instance, publications }: Release,
  scope: ReleaseScope,
  signal: AbortSignal,
): Promise<Released> {
  const targets = scope.targets.filter(({ capabilities }) => capabilities.records === undefined);
  if (targets.length === 0) return { removed: [], kept: [] };
  const stores = reachableRecords(scope);
  const records = await Promise.all(
    stores.map((store) => readRecordedImage(store, installKey, signal)),
  );
  const known = [...records.flatMap((record) => record.publications), ...publications];
  const own = await ownMarkers(scope, installKey, instance, signal);
  try {
    // Removed before other owners are looked up: of two owners that release at once, the later one must not see the other.
    for (const { store } of own) await removeMarkers(store, installKey, instance, signal);
    const removed: Publication[] = [];
    const kept: Released["kept"][number][] = [];
    for (const target of targets) {
      const others = (): Promise<Marker[]> => otherOwners(stores, installKey, instance, signal);
      const here = await publicationsAt(target, known, signal);
      const ended = await removeFrom(target, here, others, signal);
      for (const publication of ended.removed) {
        for (const store of stores) await removePublication(store, installKey, publication, signal);
      }
      removed.push(...ended.removed);
      kept.push(...ended.kept);
    }
    return { removed, kept };
  } catch (thrown) {
    // The command line finds an image only by its markers: without them a failed release could not be repeated.
    const restore = AbortSignal.timeout(restoreMilliseconds);
    await Promise.allSettled(
      own.map(({ store, marker }) => addMarker(store, installKey, marker, restore)),
    );
    throw thrown;
  }
}

interface StoredMarker {
  readonly store: RecordStore;
  readonly marker: Marker;
}

async function ownMarkers(
  scope: ReleaseScope,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<StoredMarker[]> {
  const found = await Promise.all(
    releasedRecords(scope).map(async (store) => {
      const markers = await readMarkers(store, key, signal, (name) => name.instance === instance);
      return markers.map((marker) => ({ store, marker }));
    }),
  );
  return found.flat();
}

/** Removes publications until another owner appears. */
async function removeFrom(
  target: Target,
  publications: readonly Publication[],
  others: () => Promise<readonly Marker[]>,
  signal: AbortSignal,
): Promise<Released> {
  const removed: Publication[] = [];
  for (const publication of publications) {
    // Checked before each removal: another owner may have adopted the image a moment ago.
    const owners = await others();
    if (owners.length > 0) return { removed, kept: [{ target: target.id, owners }] };
    await target.remove(publication, signal);
    removed.push(publication);
  }
  return { removed, kept: [] };
}

/** Up to three of the markers that the limit covers belong to this owner, one for each state. */
const maxListedMarkers = 10;

/** Some of the other owners, from the first store that lists any. One is enough to keep an image. */
async function otherOwners(
  stores: readonly RecordStore[],
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<Marker[]> {
  for (const store of stores) {
    const names = await listMarkers(store, key, signal, maxListedMarkers);
    const others = names.filter((name) => name.instance !== instance);
    if (others.length > 0) return readNamedMarkers(store, key, others, signal);
  }
  return [];
}
