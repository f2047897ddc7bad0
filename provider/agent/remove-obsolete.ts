import { describeThrown, isExpected } from "../base/errors";
import { isOfHead, recordPaths, type Head } from "../plan/record";
import { leftNotice } from "../records/describe-release";
import { listMarkers } from "../records/markers";
import { isSameFile } from "../records/publications";
import { readRecordedImage, removePublication } from "../records/record";
import { otherOwners } from "../records/release-without-records";
import { startRemoval } from "../records/removal";
import { removeReports } from "../records/reports";
import type { ImageState, Publication } from "../schema/state";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import { knownPlaces, recordStores, warn, type KeyedBuild } from "./context";
import { isStillUsed } from "./still-used";

/**
 * Removes from a target what an earlier install of this image left, formats that the resource no longer asks for, and
 * templates with former options. Nothing is removed while the image has another owner.
 */
export async function removeObsolete(
  build: KeyedBuild,
  target: Target,
  head: Head,
  state: ImageState,
): Promise<void> {
  const { installKey, plan, signal } = build;
  const { records } = target.capabilities;
  // A target without records is described by all other records, each of which knows a part.
  const stores = records === undefined ? recordStores(build) : [records];
  const fromAll = async <T>(read: (store: RecordStore) => Promise<readonly T[]>): Promise<T[]> =>
    (await Promise.all(stores.map(read))).flat();
  if (await hasOtherOwner(build, target)) return;
  await removeOldReports(build, target, head);
  const recorded = await fromAll(
    async (store) => (await readRecordedImage(store, installKey, signal)).publications,
  );
  const isUnwanted = (publication: Publication): boolean =>
    publication.target === target.id &&
    !state.artifacts.some((artifact) => isSameFile(artifact, publication));
  const obsolete = [
    ...recorded.filter((entry) => !isOfHead(entry, head)),
    ...(plan.existing?.artifacts ?? []),
  ].filter(isUnwanted);
  const removal = startRemoval(target, knownPlaces(build));
  for (const publication of obsolete) {
    if (await isStillUsed(build, target, publication, state.artifacts)) continue;
    try {
      await removal.remove(publication, signal);
    } catch (thrown) {
      if (!isExpected(thrown) || thrown.code !== "publish.unreachable") throw thrown;
      // The image is complete. The record at the place still lists what stays there.
      warn(
        build,
        `${publication.uri} is no longer requested, and stays where it is. ${thrown.message}`,
      );
      continue;
    }
    for (const store of recordStores(build)) {
      await removePublication(store, installKey, publication, signal);
    }
  }
  for (const location of removal.done().left) warn(build, leftNotice(location));
  await removeOldTemplates(build, target, state);
}

async function hasOtherOwner(build: KeyedBuild, { id, capabilities }: Target): Promise<boolean> {
  const { installKey, signal } = build;
  const { instance } = build.plan;
  const { records } = capabilities;
  if (records === undefined) {
    const query = { installKey, instance, target: id };
    return (await otherOwners(recordStores(build), query, signal)).length > 0;
  }
  const markers = await listMarkers(records, installKey, signal);
  return markers.some((marker) => marker.instance !== instance);
}

async function removeOldTemplates(
  { plan, signal }: KeyedBuild,
  target: Target,
  state: ImageState,
): Promise<void> {
  for (const publication of state.artifacts) {
    const former = plan.existing?.artifacts.find((it) => isSameFile(it, publication))?.template;
    const isReplaced = former !== undefined && former.uuid !== publication.template?.uuid;
    if (isReplaced && publication.target === target.id) {
      await target.capabilities.templates?.sweep(publication, signal);
    }
  }
}

/** Removes reports of earlier installs. A failure is only a warning. */
async function removeOldReports(build: KeyedBuild, target: Target, head: Head): Promise<void> {
  // Without an install there is no report of this head to tell the others from.
  if (head.contentDigest === undefined) return;
  const isOld = (path: string): boolean => path !== recordPaths.report(head);
  try {
    await removeReports(target, build.installKey, isOld, build.signal);
  } catch (thrown) {
    warn(build, `An old report could not be removed: ${describeThrown(thrown)}`);
  }
}
