import { cliOwner, type Marker } from "../plan/record";
import {
  extendMarker,
  readMarkers,
  removeMarkers,
  rewriteMarker,
  targetsOf,
  type MarkerName,
} from "../records/markers";
import { thisProcess } from "../system/host/process-identity";
import { removeClaim } from "../records/release";
import type { RecordStore } from "../targets/record-store";
import { recordStores, type KeyedBuild } from "./context";

/**
 * Writes this owner's `pending` marker into every record, before anything of the record is used or changed. Replaces
 * the pending marker of an earlier run of the same owner that was killed.
 */
export async function claim(build: KeyedBuild): Promise<void> {
  for (const store of recordStores(build)) await claimIn(build, store);
}

async function claimIn(build: KeyedBuild, store: RecordStore): Promise<void> {
  const { installKey, plan, signal } = build;
  const isOwn = ({ instance }: MarkerName): boolean => instance === plan.instance;
  const own = await readMarkers(store, installKey, signal, isOwn);
  const pendingMarker = markerOf(build, "pending");
  if (!own.some(({ state }) => state === "live")) {
    await extendMarker(store, installKey, pendingMarker, signal);
  } else if (!isCovered(pendingMarker, own)) {
    // Until the update is complete, this marker names the targets that the live one lacks.
    const targets = targetsOf([...own, pendingMarker]);
    await rewriteMarker(store, installKey, { ...pendingMarker, targets }, signal);
  }
  // Only one program at a time builds a URN, so its other pending markers are left over. `cli` is the same owner on
  // every machine: other pending markers of it belong to builds that are under way.
  if (plan.owner === cliOwner) return;
  const pending = await readMarkers(
    store,
    installKey,
    signal,
    (marker) => marker.state === "pending" && !isOwn(marker),
  );
  for (const { owner, instance } of pending) {
    if (owner === plan.owner) await removeMarkers(store, installKey, instance, signal);
  }
}

/**
 * Removes the claim of a failed build that published nothing, and the record if it is empty then. The target may be
 * unreachable: a marker that cannot be removed now is replaced by the next create of this owner.
 */
export async function abandonClaim(build: KeyedBuild): Promise<void> {
  const { installKey, plan } = build;
  const signal = AbortSignal.timeout(10_000);
  const removals = recordStores(build).map((store) =>
    removeClaim(store, installKey, plan.instance, signal),
  );
  await Promise.allSettled(removals);
}

/** Whether an owner's markers name every target of a new one. */
function isCovered({ targets = [] }: Marker, own: readonly Marker[]): boolean {
  const named = targetsOf(own);
  return named === undefined || targets.every((target) => named.includes(target));
}

/** This owner's marker in a state. */
export function markerOf(build: KeyedBuild, state: "pending" | "live"): Marker {
  const { instance, owner } = build.plan;
  const targets = build.targets.map(({ id }) => id);
  return { instance, owner, time: new Date().toISOString(), targets, ...thisProcess(), state };
}
