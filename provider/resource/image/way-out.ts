import { describeThrown, StylusError } from "../../base/errors";
import type { TargetSpec } from "../../schema/targets/target";
import type { TargetContext } from "../../targets/open-target";
import type { Call } from "../handlers";

/** How to go on without a target that is gone for good. `id` is that of the resource. */
export function wayOut(id: string, spec: TargetSpec, { rootDirectory }: TargetContext): string {
  const { commandOptions } =
    require("../../targets/command-options") as typeof import("../../targets/command-options");
  return `If it will never be reachable again, run this on the machine that runs Pulumi, and then Pulumi again: \`stylus-image forget ${id} ${commandOptions(spec, rootDirectory)}\`.`;
}

/** The failed operation and the reason, without the next step: the way out replaces it. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof StylusError)) return describeThrown(thrown);
  const { what, why } = thrown.details;
  return why === undefined ? what : `${what} ${why}`;
}

/** Whether the user gave the image up at a target by `stylus-image forget`. */
export async function isForgottenAt(
  id: string,
  spec: TargetSpec,
  context: TargetContext,
): Promise<boolean> {
  const { isForgotten } =
    require("../../records/forgotten-targets") as typeof import("../../records/forgotten-targets");
  return isForgotten(context.cacheDirectory, forgottenTarget(id, spec, context));
}

/** Ends the effect of a `forget`, which counts once: the resource has left the target. */
export async function leaveForgotten(
  call: Call,
  id: string,
  spec: TargetSpec,
  context: TargetContext,
): Promise<void> {
  const { endForgetting } =
    require("../../records/forgotten-targets") as typeof import("../../records/forgotten-targets");
  const forgotten = forgottenTarget(id, spec, context);
  await endForgetting(context.cacheDirectory, forgotten);
  call.log.warn(
    `Nothing was removed from ${forgotten.target}: the image was given up there by \`stylus-image forget\`.`,
  );
}

function forgottenTarget(id: string, spec: TargetSpec, { rootDirectory }: TargetContext) {
  const { localTargetId } =
    require("../../targets/command-options") as typeof import("../../targets/command-options");
  return { image: id.slice(-12), target: localTargetId(spec, rootDirectory) };
}
