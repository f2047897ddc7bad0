import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { targetId } from "../../plan/make-plan";
import type { ReleaseScope } from "../../records/scope";
import type { TargetContext } from "../../targets/open-target";
import { targetSchema, type TargetSpec } from "../../schema/targets/target";
import type { Call } from "../handlers";
import type { ImageOutputs } from "./outputs";

/** The targets that the resource no longer publishes to; its ownership there ends as on delete. */
export async function droppedTargets(
  old: readonly TargetSpec[],
  now: unknown,
  { rootDirectory }: Pick<TargetContext, "rootDirectory">,
): Promise<TargetSpec[]> {
  const placesOf = (specs: readonly TargetSpec[]): Promise<string[]> =>
    Promise.all(specs.map((spec) => placeOf(spec, rootDirectory)));
  const named = await placesOf(z.array(targetSchema).parse(now));
  const places = await placesOf(old);
  return old.filter((_, index) => !named.includes(places[index] ?? ""));
}

/**
 * A folder whose path is only written in another way is the same place, and nothing there may go; and so is a cluster
 * whose context is only named where it was the current one before.
 */
async function placeOf(spec: TargetSpec, rootDirectory: string): Promise<string> {
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
