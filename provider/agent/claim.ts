import { cliOwner, entryOf, isOfHead, recordPaths, type Head } from "../plan/record";
import { markPrevious, sweepPrevious } from "../records/retention";
import {
  addPublication,
  addRequest,
  claimHead,
  removePublication,
  readRecordedImage,
} from "../records/record";
import {
  setMarker,
  listMarkers,
  readMarkers,
  removeMarkers,
  type MarkerName,
} from "../records/markers";
import { removeClaim } from "../records/release";
import { removeReports } from "../records/reports";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import type { ImageState, Publication } from "../schema/state";
import { describeThrown } from "../base/errors";
import { recordStores, warn, type KeyedBuild } from "./context";

/** Says who is at it, before anything is trusted or written; takes over what a killed run of the same owner left. */
export async function claim(build: KeyedBuild): Promise<void> {
  for (const store of recordStores(build)) await claimIn(build, store);
}

async function claimIn(build: KeyedBuild, store: RecordStore): Promise<void> {
  const { installKey, plan, signal } = build;
  const markers = await listMarkers(store, installKey, signal);
  const isMine = ({ instance }: MarkerName): boolean => instance === plan.instance;
  if (!markers.some((marker) => isMine(marker) && marker.state === "live")) {
    await setMarker(store, installKey, marker(build, "pending"), signal);
  }
  // A URN is brought about by one program at a time. The command line is the same owner on every machine: a pending
  // marker of another name is that of a build under way, and one of the same name is this build's own.
  if (plan.owner === cliOwner) return;
  const pending = await readMarkers(
    store,
    installKey,
    signal,
    (marker) => marker.state === "pending" && !isMine(marker),
  );
  for (const { owner, instance } of pending) {
    if (owner === plan.owner) await removeMarkers(store, installKey, instance, signal);
  }
}

/**
 * A build that published nothing leaves no claim and no empty record behind. It has failed already, possibly because
 * the target cannot be reached: what cannot be taken back now, the next create of this owner takes over.
 */
export async function abandonClaim(build: KeyedBuild): Promise<void> {
  const { installKey, plan } = build;
  const signal = AbortSignal.timeout(10_000);
  const withdrawn = recordStores(build).map((store) =>
    removeClaim(store, installKey, plan.instance, signal),
  );
  await Promise.allSettled(withdrawn);
}

/** Everything is published: the record becomes whole, and what it made superfluous goes. */
export async function finalizeRecord(
  build: KeyedBuild,
  head: Head,
  state: ImageState,
): Promise<void> {
  const { installKey, plan, signal } = build;
  for (const store of recordStores(build)) {
    await claimHead(store, head, signal);
    for (const publication of state.artifacts) {
      await addPublication(store, installKey, entryOf(publication, head), signal);
    }
    const { installerSha256 } = head;
    if (plan.requestKey !== undefined && installerSha256 !== undefined) {
      const leads = { installKey, installerSha256 };
      await addRequest(store, plan.requestKey, leads, signal);
    }
    await setMarker(store, installKey, marker(build, "live"), signal);
  }
  for (const target of build.targets) await removeObsolete(build, target, head, state);
  if (plan.keepPrevious !== undefined) await keepPreviousImages(build, plan.keepPrevious);
}

/** The images that this resource had before stay for a while, without being the current one. */
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

/**
 * Removes what another install left, formats that this resource no longer asks for and templates of former options,
 * unless others own the image too.
 */
async function removeObsolete(
  build: KeyedBuild,
  target: Target,
  head: Head,
  state: ImageState,
): Promise<void> {
  const { installKey, plan, signal } = build;
  // Of what lies at a target without records, every record at hand knows a part.
  const { records, templates } = target.capabilities;
  const stores = records === undefined ? recordStores(build) : [records];
  const of = async <T>(ask: (store: RecordStore) => Promise<readonly T[]>): Promise<T[]> =>
    (await Promise.all(stores.map(ask))).flat();
  const markers = await of((store) => listMarkers(store, installKey, signal));
  if (markers.some(({ instance }) => instance !== plan.instance)) return;
  await removeOldReports(build, target, head);
  const recorded = await of(
    async (store) => (await readRecordedImage(store, installKey, signal)).publications,
  );
  const here = (publication: Publication): boolean =>
    publication.target === target.id && !state.artifacts.some(({ uri }) => uri === publication.uri);
  const superfluous = [
    ...recorded.filter((entry) => !isOfHead(entry, head)),
    ...(plan.existing?.artifacts ?? []),
  ].filter(here);
  for (const publication of superfluous) {
    await target.remove(publication, signal);
    for (const store of recordStores(build)) {
      await removePublication(store, installKey, publication, signal);
    }
  }
  for (const publication of state.artifacts) {
    const former = plan.existing?.artifacts.find(({ uri }) => uri === publication.uri)?.template;
    const isFormer = former !== undefined && former.uuid !== publication.template?.uuid;
    if (isFormer && publication.target === target.id) {
      await templates?.sweep(publication, signal);
    }
  }
}

/** Of an install that was lost; one that cannot be removed fails no build. */
async function removeOldReports(build: KeyedBuild, target: Target, head: Head): Promise<void> {
  // A head without an install says nothing of any.
  if (head.contentDigest === undefined) return;
  const isFormer = (path: string): boolean => path !== recordPaths.report(head);
  try {
    await removeReports(target, build.installKey, isFormer, build.signal);
  } catch (thrown) {
    warn(build, `A former report could not be removed: ${describeThrown(thrown)}`);
  }
}

function marker(build: KeyedBuild, state: "pending" | "live") {
  const { instance, owner } = build.plan;
  return { instance, owner, time: new Date().toISOString(), state };
}
