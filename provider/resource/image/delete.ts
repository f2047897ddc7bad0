import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { targetId } from "../../plan/make-plan";
import type { ReleaseScope } from "../../records/scope";
import type { TargetContext } from "../../targets/open-target";
import type { TargetSpec } from "../../schema/targets/target";
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

/** The targets that the resource no longer publishes to; its ownership there ends as on delete. */
export async function droppedTargets(
  old: readonly TargetSpec[],
  now: readonly TargetSpec[],
  { rootDirectory }: Pick<TargetContext, "rootDirectory">,
): Promise<TargetSpec[]> {
  const locate = (specs: readonly TargetSpec[]): Promise<string[]> =>
    Promise.all(specs.map((spec) => locationOf(spec, rootDirectory)));
  const kept = await locate(now);
  const locations = await locate(old);
  return old.filter((_, index) => !kept.includes(locations[index] ?? ""));
}

/**
 * Where a target really is, independent of spelling: a folder by its real path, a cluster by server and namespace. Nothing
 * may be removed from a location that is still used under another spelling.
 */
async function locationOf(spec: TargetSpec, rootDirectory: string): Promise<string> {
  if (spec.type === "cdi") {
    const { readKubeContext } =
      require("../../targets/cdi/kube/config") as typeof import("../../targets/cdi/kube/config");
    return readKubeContext(spec, rootDirectory).then(
      ({ server, namespace }) => `cdi:${server.href} ${namespace}`,
      () => targetId(spec),
    );
  }
  if (spec.type !== "directory") return targetId(spec);
  const path = resolve(rootDirectory, spec.path);
  return `directory:${await realpath(path).catch(() => path)}`;
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
