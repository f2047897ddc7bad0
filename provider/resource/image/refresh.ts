import { recordsOf } from "../../records/scope";
import type { Publication } from "../../schema/state";
import type { Address } from "../../targets/addresses";
import type { TargetContext } from "../../targets/open-target";
import type { Target } from "../../targets/target";
import type { Call, ExistingResource } from "../handlers";
import { findArtifacts } from "./find-artifacts";
import { readOutputs, type ImageOutputs } from "./outputs";
import { cacheRecords, openAll } from "./target-pool";
import { rememberLost } from "./lost-publications";

/** Updates the outputs by what exists at the targets; returns undefined if all artifacts are definitely gone. */
export async function refreshImage(
  call: Call,
  existing: ExistingResource,
  options: TargetContext,
): Promise<ExistingResource | undefined> {
  // A resource that is only read has its inputs in place of outputs.
  if (existing.outputs["installKey"] === undefined) {
    const { findImage } = require("./get") as typeof import("./get");
    return findImage(call, existing, options);
  }
  const old = readOutputs(existing.outputs);
  const targets = openAll(old.publishTo, options);
  const found = await findArtifacts(old, targets, call, cacheRecords(options));
  const { gone, missing, lost } = found;
  const current = await withCurrentAddresses(old, targets, call, found.unreachable);
  await rememberLost(
    options.cacheDirectory,
    current.artifacts,
    current.artifacts.filter((_, index) => lost.some((it) => it === old.artifacts[index])),
  );
  if (!gone) return { id: existing.id, outputs: { ...existing.outputs, ...current, missing } };
  await makePending(call, old, targets, options);
  return undefined;
}

/** The artifacts and the report's URL with the addresses that the targets give them now. */
async function withCurrentAddresses(
  old: ImageOutputs,
  targets: readonly Target[],
  { signal }: Call,
  unreachable: readonly Publication[],
): Promise<Pick<ImageOutputs, "artifacts" | "reportUrl">> {
  const { addressAt } =
    require("../../targets/addresses") as typeof import("../../targets/addresses");
  const { orElse } = require("../../records/lookup") as typeof import("../../records/lookup");
  const artifacts = await Promise.all(
    old.artifacts.map(async (artifact) => {
      const target = targets.find(({ id }) => id === artifact.target);
      // The folder that is seen now may be another one than the artifact is in.
      if (target === undefined || unreachable.includes(artifact)) return artifact;
      // An address that cannot be determined now is kept.
      const address: Address = await orElse(addressAt(target, artifact, signal), artifact);
      return { ...artifact, uri: address.uri, url: address.url };
    }),
  );
  const isUnchanged = artifacts.every(({ url }, index) => url === old.artifacts[index]?.url);
  if (isUnchanged || old.reportUrl === undefined) return { artifacts };
  const { findReportUrl } =
    require("../../records/reports") as typeof import("../../records/reports");
  const found = await orElse(findReportUrl(targets, old, { signal }), undefined);
  return { artifacts, reportUrl: found ?? old.reportUrl };
}

/**
 * Changes the live markers of a resource that refresh drops from state to pending. Such a resource is never deleted, so a
 * live marker would keep the image forever. The next create of the same URN takes over a pending marker.
 */
async function makePending(
  call: Call,
  old: ImageOutputs,
  targets: readonly Target[],
  options: TargetContext,
): Promise<void> {
  const { readMarkers, setMarker } =
    require("../../records/markers") as typeof import("../../records/markers");
  const stores = [...recordsOf(targets), cacheRecords(options)];
  const changes = stores.map(async (store) => {
    const markers = await readMarkers(store, old.installKey, call.signal);
    const own = markers.find(({ instance }) => instance === old.instance);
    if (own?.state !== "live") return;
    // The oldest possible time, so that no other owner waits for a build that is not running.
    const time = new Date(0).toISOString();
    await setMarker(store, old.installKey, { ...own, time, state: "pending" }, call.signal);
  });
  // Errors are ignored: a bucket that is gone has no markers, and in one that is read-only the image stays.
  await Promise.allSettled(changes);
}
