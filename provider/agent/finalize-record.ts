import { entryOf, type Head } from "../plan/record";
import { extendMarker } from "../records/markers";
import { isSameFile } from "../records/publications";
import { addPublication, addRequest, claimHead, readRecordedImage } from "../records/record";
import { markPrevious, sweepPrevious } from "../records/retention";
import type { ImageState } from "../schema/state";
import { markerOf } from "./claim";
import { recordStores, type KeyedBuild } from "./context";
import { removeObsolete } from "./remove-obsolete";

/** Completes every record after all artifacts are published, and then removes what the image has replaced. */
export async function finalizeRecord(
  build: KeyedBuild,
  head: Head,
  state: ImageState,
): Promise<void> {
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
  // Only now: a build that failed leaves no ID behind.
  for (const { capabilities } of build.targets) {
    if (capabilities.records !== undefined) await capabilities.place?.ensureId(signal);
  }
  for (const target of build.targets) await removeObsolete(build, target, head, state);
  if (plan.keepPrevious !== undefined) await keepPreviousImages(build, plan.keepPrevious);
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
