import type { ReleaseScope } from "../../records/scope";
import type { TargetContext } from "../../targets/open-target";
import { noInstance } from "../../schema/state";
import { semaphore } from "../../system/lock/semaphore";
import type { Call, ExistingResource } from "../handlers";
import { readOutputs, type ImageOutputs } from "./outputs";
import { cacheRecords, openAll } from "./target-pool";

/** Limits concurrent deletes: each holds the listings and markers of its image in memory. */
const deletes = semaphore(12);

/** Ends the ownership of the image everywhere. A resource that was only read owns nothing. */
export async function deleteImage(
  call: Call,
  { outputs }: ExistingResource,
  context: TargetContext,
): Promise<void> {
  const old = readOutputs(outputs);
  if (old.instance === noInstance) return;
  await deletes.run({ signal: call.signal, onWait: () => undefined }, () =>
    releaseTargets(call, old, {
      targets: openAll(old.publishTo, context),
      scope: "all",
      cacheRecords: cacheRecords(context),
      remainingTargets: [],
    }),
  );
}

/** Ends the ownership at these targets, and logs what was removed and what stays. */
export async function releaseTargets(
  call: Call,
  { installKey, instance, artifacts, keepPrevious }: ImageOutputs,
  scope: ReleaseScope,
): Promise<void> {
  const { endOwnership } =
    require("../../records/end-ownership") as typeof import("../../records/end-ownership");
  const { modifiedLeftovers, modifiedLeftoverNotice } =
    require("../../records/publications") as typeof import("../../records/publications");
  const image = { installKey, instance, publications: artifacts, keepPrevious };
  const { removed, kept } = await endOwnership(image, scope, call.signal);
  call.log.info(`Removed ${removed.length} publications of ${installKey.slice(0, 12)}.`);
  for (const path of await modifiedLeftovers(scope.targets, removed)) {
    call.log.warn(modifiedLeftoverNotice(path));
  }
  for (const { target, owners } of kept) {
    const whom = owners.map(({ owner, state }) => `${owner} (${state})`).join(", ");
    call.log.info(`${target} keeps the image for ${whom}.`);
  }
}
