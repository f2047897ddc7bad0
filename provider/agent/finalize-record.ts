import { entryOf, type Head } from "../plan/record";
import { extendMarker } from "../records/markers";
import { isSameFile } from "../records/publications";
import { addPublication, addRequest, claimHead, readRecordedImage } from "../records/record";
import { markPrevious, sweepPrevious } from "../records/retention";
import type { ImageState } from "../schema/state";
import { markerOf } from "./claim";
import { knownPlaces, recordStores, type KeyedBuild } from "./context";
import type { Inventory } from "./inventory";
import { removeObsolete } from "./remove-obsolete";

/** Completes every record after all artifacts are published, and then removes what the image has replaced. */
export async function finalizeRecord(
  build: KeyedBuild,
  head: Head,
  state: ImageState,
  unchecked: Inventory["unchecked"] = [],
): Promise<ImageState> {
  const { installKey, plan, signal } = build;
  for (const store of recordStores(build)) {
    await claimHead(store, head, signal);
    const { publications } = await readRecordedImage(store, installKey, signal);
    for (const publication of state.artifacts) {
      // The record of a folder keeps the path under which a file was published, wherever the folder is now.
      if (
        store.id === publication.target &&
        publications.some((it) => isSameFile(it, publication))
      ) {
        continue;
      }
      await addPublication(store, installKey, entryOf(publication, head), signal);
    }
    const { installerSha256 } = head;
    if (plan.requestKey !== undefined && installerSha256 !== undefined) {
      await addRequest(store, plan.requestKey, { installKey, installerSha256 }, signal);
    }
    await extendMarker(store, installKey, markerOf(build, "live"), signal);
  }
  const places = await ensurePlaces(build, unchecked);
  for (const target of build.targets) await removeObsolete(build, target, head, state);
  if (plan.keepPrevious !== undefined) await keepPreviousImages(build, plan.keepPrevious);
  return Object.keys(places).length === 0 ? state : { ...state, places };
}

/**
 * The IDs of the places that the image is at. Only made now: a build that failed leaves no ID behind. A place that could
 * not be asked keeps its ID: the folder that is seen now may be another one.
 */
async function ensurePlaces(
  build: KeyedBuild,
  unchecked: readonly string[],
): Promise<Record<string, string>> {
  const places: Record<string, string> = { ...knownPlaces(build).places };
  for (const { id: target, capabilities } of build.targets) {
    if (capabilities.records === undefined) continue;
    const id = await capabilities.place?.ensureId(build.signal);
    const isKept = unchecked.includes(target) && places[target] !== undefined;
    if (id !== undefined && !isKept) places[target] = id;
  }
  return places;
}

/** Marks the images that this resource had before as `previous`, and releases all but the last `keep` of them. */
async function keepPreviousImages(build: KeyedBuild, keep: number): Promise<void> {
  const { installKey, plan, signal } = build;
  const { owner, instance } = plan;
  if (keep > 0) {
    for (const store of recordStores(build)) {
      await markPrevious(store, { installKey, owner, instance }, signal);
    }
  }
  const { targets, cacheRecords } = build;
  const everywhere = { targets, cacheRecords, scope: "all", remainingTargets: [] } as const;
  await sweepPrevious(owner, keep, everywhere, signal);
}
