import type { Marker } from "../plan/record";
import type { RecordStore } from "../targets/record-store";
import { readMarkers, readStates, setMarker, type MarkerName } from "./markers";
import { requirePlaces } from "./presence";
import { release } from "./release";
import { hasSuccessor, sweepPrevious } from "./retention";
import {
  joinReleased,
  nothingReleased,
  reachableRecords,
  releasedRecords,
  type Release,
  type Released,
  type ReleaseScope,
} from "./scope";

export interface OwnedImage extends Release {
  /** How many previous images the resource keeps; with 0 none are looked up. */
  readonly keepPrevious: number;
}

/**
 * Ends the ownership of an instance, everywhere or at some targets.
 *
 * If the instance was replaced and its successor keeps previous images, the image becomes a previous one. If it was not
 * replaced, all previous images of its owner are removed too, before the image itself: an operation that was interrupted
 * can then be repeated, because the last marker still names the owner.
 */
export async function endOwnership(
  image: OwnedImage,
  scope: ReleaseScope,
  signal: AbortSignal,
): Promise<Released> {
  // Before the first removal, so that an unreachable target leaves everything as it is.
  await requirePlaces(scope.targets, image, signal);
  // All records together decide about a target without records.
  if (scope.targets.some(({ capabilities }) => capabilities.records === undefined)) {
    return endIn(reachableRecords(scope), image, scope, signal);
  }
  const results: Released[] = [];
  for (const target of scope.targets) {
    const part: ReleaseScope = { ...scope, targets: [target], scope: "listed" };
    results.push(await endIn(releasedRecords(part), image, part, signal));
  }
  if (scope.scope === "all") {
    const part: ReleaseScope = { ...scope, targets: [] };
    await endIn(releasedRecords(part), image, part, signal);
  }
  return joinReleased(results);
}

async function endIn(
  /** Records that say whether the image is a previous one and whether it was replaced. */
  stores: readonly RecordStore[],
  { keepPrevious, ...ended }: OwnedImage,
  scope: ReleaseScope,
  signal: AbortSignal,
): Promise<Released> {
  const { installKey, instance } = ended;
  const isPrevious = await someStore(stores, async (store) =>
    (await readStates(store, installKey, instance, signal)).includes("previous"),
  );
  if (!isPrevious && keepPrevious === 0) return release(ended, scope, signal);

  const own = await findOwnMarker(stores, ended, signal);
  if (own === undefined) return release(ended, scope, signal);
  const isReplaced = await someStore(stores, (store) => hasSuccessor(store, own, signal));
  if (isReplaced && isPrevious) return keepAsPrevious(own, installKey, scope, signal);
  if (!isReplaced) await sweepPrevious(own.owner, 0, scope, signal);
  return release(ended, scope, signal);
}

async function keepAsPrevious(
  own: Marker,
  installKey: string,
  scope: ReleaseScope,
  signal: AbortSignal,
): Promise<Released> {
  const previous: Marker = { ...own, state: "previous" };
  for (const store of releasedRecords(scope)) await setMarker(store, installKey, previous, signal);
  return {
    ...nothingReleased,
    kept: scope.targets.map(({ id }) => ({ target: id, owners: [previous] })),
  };
}

async function findOwnMarker(
  stores: readonly RecordStore[],
  { installKey, instance }: Release,
  signal: AbortSignal,
): Promise<Marker | undefined> {
  const isOwn = (marker: MarkerName): boolean => marker.instance === instance;
  for (const store of stores) {
    const [own] = await readMarkers(store, installKey, signal, isOwn);
    if (own !== undefined) return own;
  }
  return undefined;
}

async function someStore(
  stores: readonly RecordStore[],
  predicate: (store: RecordStore) => Promise<boolean>,
): Promise<boolean> {
  const answers = await Promise.all(stores.map(predicate));
  return answers.includes(true);
}
