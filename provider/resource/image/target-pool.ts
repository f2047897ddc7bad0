import { canonicalJson } from "../../base/json";
import { memo } from "../../base/memo";
import type { RecordStore } from "../../targets/record-store";
import type { TargetContext } from "../../targets/open-target";
import type { Target } from "../../targets/target";
import type { TargetSpec } from "../../schema/targets/target";

/**
 * Open targets, keyed by spec and folders. One process serves all images of a stack and runs as long as the engine's
 * operation: separate clients for each of 200 images would need gigabytes of memory and hundreds of connections.
 */
const opened = memo<Target>();

/** Opens targets; their client libraries are loaded only here. */
export function openAll(specs: readonly TargetSpec[], context: TargetContext): Target[] {
  return specs.map((spec) => openShared(spec, context));
}

/** Opens a target, or returns the one that is already open. */
export function openShared(
  spec: TargetSpec,
  { rootDirectory, cacheDirectory }: TargetContext,
): Target {
  const { openTarget } =
    require("../../targets/open-target") as typeof import("../../targets/open-target");
  const key = canonicalJson({ spec, rootDirectory, cacheDirectory });
  return opened.get(key, () => openTarget(spec, { rootDirectory, cacheDirectory }));
}

/** The records of the local cache. */
export function cacheRecords({
  cacheDirectory,
}: Pick<TargetContext, "cacheDirectory">): RecordStore {
  const { directoryRecords } =
    require("../../targets/directory/records") as typeof import("../../targets/directory/records");
  return directoryRecords(cacheDirectory, "the local cache");
}
