import { targetId } from "../../schema/targets/identity";
import type { Marker } from "../../plan/record";
import type { TargetContext } from "../../targets/open-target";
import { isKnownInstance } from "./known-instances";
import type { ImageOutputs } from "./outputs";

/**
 * The warning that an image stays for an owner with the URN of the resource that leaves it: most likely the resource
 * itself, before its state was lost. Undefined for every other owner.
 */
export function lostOwnerNotice(
  { installKey, instance, publishTo }: ImageOutputs,
  owner: Marker,
  target: string,
  { rootDirectory }: TargetContext,
): string | undefined {
  const [tag] = instance.split("-");
  const isSameUrn = owner.instance.startsWith(`${tag ?? ""}-`) && owner.instance !== instance;
  if (!isSameUrn || owner.state === "previous" || isKnownInstance(owner.instance)) return undefined;
  const { commandOptions } =
    require("../../targets/command-options") as typeof import("../../targets/command-options");
  const places = publishTo.map((spec) => commandOptions(spec, rootDirectory)).join(" ");
  const at = publishTo.some((spec) => targetId(spec) === target) ? places : "";
  const since = `${owner.state} since ${owner.time}${owner.machine === undefined ? "" : ` on ${owner.machine}`}`;
  return (
    `${target} keeps the image for an owner with the URN of this resource (${owner.instance}, ${since}). ` +
    `If its state was lost, give it up: \`stylus-image owners ${installKey} ${at} --give-up ${owner.instance} --yes\`. ` +
    "If a stack of the same name in another backend uses the image, leave it."
  );
}
