import { throwIfCancelled } from "../../base/cancellation";
import { describeThrown, isExpected } from "../../base/errors";
import type { TargetSpec } from "../../schema/targets/target";
import type { TargetContext } from "../../targets/open-target";
import { PartialState, type Call, type Data, type ExistingResource } from "../handlers";
import { releaseTargets } from "./delete";
import { droppedTargets } from "./dropped-targets";
import { formerArtifactsAt, withFormer } from "./former-outputs";
import type { ImageOutputs } from "./outputs";
import { cacheRecords, openAll, openShared } from "./target-pool";
import { isForgottenAt, leaveForgotten, reasonOf, wayOut } from "./way-out";

/** Time for one former target in an update. The next update continues where this one stopped. */
const releaseMilliseconds = 300_000;

/**
 * Releases the image at the targets that are no longer in `publishTo`. A target where this fails does not fail the update:
 * the image is published elsewhere. It stays in the outputs, and the next update tries again.
 */
export async function releaseFormer(
  call: Call,
  old: ImageOutputs,
  updated: ExistingResource & { readonly publishTo: readonly TargetSpec[] },
  context: TargetContext,
): Promise<Data> {
  const { publishTo } = updated;
  const { released, unproven } = await droppedTargets(call, old.publishTo, publishTo, context);
  // Targets without records first, while the records of the others still exist.
  const ordered = [...released].sort((one, other) => rank(one, context) - rank(other, context));
  let waiting = [...unproven, ...ordered];
  try {
    for (const spec of unproven) {
      if (await isGivenUp(call, old, { id: updated.id, spec }, context)) {
        waiting = without(waiting, spec);
      }
    }
    for (const spec of ordered) {
      const remaining = [...publishTo, ...without(waiting, spec)];
      if (await releaseOne(call, old, { id: updated.id, spec, remaining }, context)) {
        waiting = without(waiting, spec);
      }
    }
  } catch (thrown) {
    const { id, outputs } = updated;
    const partial = { id, outputs: withFormer(outputs, old, waiting) };
    throw new PartialState(describeThrown(thrown), partial, thrown);
  }
  return withFormer(updated.outputs, old, waiting);
}

interface FormerTarget {
  readonly id: string;
  readonly spec: TargetSpec;
  /** Targets whose records list other owners. */
  readonly remaining: readonly TargetSpec[];
}

/** Whether the resource has left the target. */
async function releaseOne(
  call: Call,
  old: ImageOutputs,
  { id, spec, remaining }: FormerTarget,
  context: TargetContext,
): Promise<boolean> {
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(releaseMilliseconds)]);
  try {
    await releaseTargets(
      { ...call, signal },
      withPrevious(old),
      {
        targets: [openShared(spec, context)],
        scope: "listed",
        cacheRecords: cacheRecords(context),
        remainingTargets: openAll(remaining, context),
      },
      context,
    );
    return true;
  } catch (thrown) {
    throwIfCancelled(call.signal);
    // A defect of this program is not a target that cannot be reached.
    if (!isExpected(thrown) && !signal.aborted) throw thrown;
    return isGivenUp(call, old, { id, spec }, context, reasonOf(thrown));
  }
}

/** Whether the user gave up a target that cannot be left now; otherwise warns. */
async function isGivenUp(
  call: Call,
  old: ImageOutputs,
  { id, spec }: Pick<FormerTarget, "id" | "spec">,
  context: TargetContext,
  why?: string,
): Promise<boolean> {
  if (await isForgottenAt(id, spec, context)) {
    await leaveForgotten(call, id, spec, context);
    return true;
  }
  const sentences = [
    `The image was not removed from ${openShared(spec, context).id}, which is no longer in \`publishTo\`.`,
    why,
    leftAt(old, spec),
    "The next `pulumi up` and `pulumi destroy` try again.",
    wayOut(id, spec, context),
  ];
  call.log.warn(sentences.filter((sentence) => sentence !== undefined).join(" "));
  return false;
}

/** `keepPrevious` may have changed since the target was left, so previous images there are looked for in any case. */
function withPrevious(old: ImageOutputs): ImageOutputs {
  return old.formerTargets.length === 0
    ? old
    : { ...old, keepPrevious: Math.max(old.keepPrevious, 1) };
}

function leftAt(old: ImageOutputs, spec: TargetSpec): string | undefined {
  const left = formerArtifactsAt(old, [spec]);
  if (left.length === 0) return undefined;
  return `This may still exist there: ${left.map(({ uri }) => uri).join(", ")}.`;
}

function without(specs: readonly TargetSpec[], spec: TargetSpec): TargetSpec[] {
  return specs.filter((it) => it !== spec);
}

function rank(spec: TargetSpec, context: TargetContext): number {
  return openShared(spec, context).capabilities.records === undefined ? 0 : 1;
}
