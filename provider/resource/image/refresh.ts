import type { TargetContext } from "../../targets/open-target";
import type { Target } from "../../targets/target";
import type { Call, ExistingResource } from "../handlers";
import { findArtifacts } from "./find-artifacts";
import { readOutputs, type ImageOutputs } from "./outputs";
import { cacheRecords, openAll } from "./target-pool";
import { rememberLost } from "./lost-publications";

/** Brings outputs up to date with what is there; undefined where everything is definitely gone. */
export async function refreshImage(
  call: Call,
  existing: ExistingResource,
  options: TargetContext,
): Promise<ExistingResource | undefined> {
  // A resource that is only read comes with its ID and what the program says.
  if (existing.outputs["installKey"] === undefined) {
    const { findImage } = require("./get") as typeof import("./get");
    return findImage(call, existing, options);
  }
  const old = readOutputs(existing.outputs);
  const targets = openAll(old.publishTo, options);
  const { gone, missing, lost } = await findArtifacts(old, targets, call);
  await rememberLost(options.cacheDirectory, old.artifacts, lost);
  if (!gone) return { id: existing.id, outputs: { ...existing.outputs, missing } };
  await leaveToSuccessor(call, old, targets, options);
  return undefined;
}

/**
 * A resource that refresh drops is never deleted: its markers would keep the image for ever. As pending ones they are
 * taken over by the next create of the same URN, and still protect what is there until then.
 */
async function leaveToSuccessor(
  call: Call,
  old: ImageOutputs,
  targets: readonly Target[],
  options: TargetContext,
): Promise<void> {
  const { readMarkers, setMarker } =
    require("../../records/markers") as typeof import("../../records/markers");
  const stores = [
    ...targets.flatMap(({ capabilities }) => capabilities.records ?? []),
    cacheRecords(options),
  ];
  const handedOver = stores.map(async (store) => {
    const markers = await readMarkers(store, old.installKey, call.signal);
    const own = markers.find(({ instance }) => instance === old.instance);
    if (own?.state !== "live") return;
    // As old as can be: no build is under way that another owner would have to wait for.
    const time = new Date(0).toISOString();
    await setMarker(store, old.installKey, { ...own, time, state: "pending" }, call.signal);
  });
  // What cannot be written (a bucket that is gone as well) holds no marker either, or keeps its image.
  await Promise.allSettled(handedOver);
}
