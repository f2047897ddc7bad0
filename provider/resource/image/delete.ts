import { throwIfCancelled } from "../../base/cancellation";
import type { ReleaseScope } from "../../records/scope";
import type { TargetContext } from "../../targets/open-target";
import type { TargetSpec } from "../../schema/targets/target";
import { noInstance } from "../../schema/state";
import { semaphore } from "../../system/lock/semaphore";
import type { Call, ExistingResource } from "../handlers";
import { lostOwnerNotice } from "./lost-owner";
import { readOutputs, type ImageOutputs } from "./outputs";
import { cacheRecords, openAll } from "./target-pool";
import { requireForgotten } from "./unreachable";

/** Limits concurrent deletes: each holds the listings and markers of its image in memory. */
const deletes = semaphore(12);

/** Ends the ownership of the image everywhere. A resource that was only read owns nothing. */
export async function deleteImage(
  call: Call,
  { id, outputs }: ExistingResource,
  context: TargetContext,
): Promise<void> {
  const old = readOutputs(outputs);
  if (old.instance === noInstance) return;
  await deletes.run({ signal: call.signal, onWait: () => undefined }, () =>
    releaseEverywhere(call, { id, ...old }, context),
  );
}

async function releaseEverywhere(
  call: Call,
  image: ImageOutputs & { readonly id: string },
  context: TargetContext,
): Promise<void> {
  const releaseAt = (specs: readonly TargetSpec[]): Promise<void> =>
    releaseTargets(
      call,
      image,
      {
        targets: openAll(specs, context),
        scope: "all",
        cacheRecords: cacheRecords(context),
        remainingTargets: [],
      },
      context,
    );
  try {
    await releaseAt(image.publishTo);
  } catch (thrown) {
    throwIfCancelled(call.signal);
    const { leaveForgotten } = require("./way-out") as typeof import("./way-out");
    const unreachable = await requireForgotten(call, image, thrown, context);
    await releaseAt(image.publishTo.filter((spec) => !unreachable.includes(spec)));
    for (const spec of unreachable) await leaveForgotten(call, image.id, spec, context);
  }
}

/** Ends the ownership at these targets, and logs what was removed and what stays. */
export async function releaseTargets(
  call: Call,
  old: ImageOutputs,
  scope: ReleaseScope,
  context: TargetContext,
): Promise<void> {
  const { endOwnership } =
    require("../../records/end-ownership") as typeof import("../../records/end-ownership");
  const { describeRelease, leftNotice } =
    require("../../records/describe-release") as typeof import("../../records/describe-release");
  const { installKey, instance, artifacts, formerArtifacts, keepPrevious, places } = old;
  const image = {
    installKey,
    instance,
    publications: [...artifacts, ...formerArtifacts],
    keepPrevious,
    places,
  };
  const released = await endOwnership(image, scope, call.signal);
  describeRelease(released, installKey).forEach(call.log.info);
  released.left.map(leftNotice).forEach(call.log.warn);
  for (const { target, owners } of released.kept) {
    for (const owner of owners) {
      const message = lostOwnerNotice(old, owner, target, context);
      if (message !== undefined) call.log.warn(message);
    }
  }
}
