import { throwIfCancelled } from "../../base/cancellation";
import { asStylusError, describeThrown, isExpected, StylusError } from "../../base/errors";
import { recordPaths } from "../../plan/record";
import { findAtPlace, requirePlaces } from "../../records/presence";
import type { TargetSpec } from "../../schema/targets/target";
import type { TargetContext } from "../../targets/open-target";
import type { Target } from "../../targets/target";
import type { Call } from "../handlers";
import { formerArtifactsAt } from "./former-outputs";
import type { ImageOutputs } from "./outputs";
import { cacheRecords, openShared } from "./target-pool";
import { isForgottenAt, reasonOf, wayOut } from "./way-out";

const stateDelete =
  "`pulumi state delete URN` forgets the image everywhere, and removes nothing (`pulumi stack --show-urns` prints the URN).";

/** Time for the answer of each target, after a release has failed. */
const probeMilliseconds = 30_000;

/**
 * The targets that made a release fail, if the user gave up all of them by `stylus-image forget`. Otherwise throws the
 * error of the release, with the way out.
 */
export async function requireForgotten(
  call: Call,
  image: ImageOutputs & { readonly id: string },
  thrown: unknown,
  context: TargetContext,
): Promise<readonly TargetSpec[]> {
  const reasons = await Promise.all(
    image.publishTo.map((spec) => whyUnreachable(call, image, spec, context)),
  );
  throwIfCancelled(call.signal);
  const unreachable = image.publishTo.filter((_, index) => reasons[index] !== undefined);
  const forgotten = await Promise.all(
    unreachable.map((spec) => isForgottenAt(image.id, spec, context)),
  );
  const blocking = unreachable.filter((_, index) => forgotten[index] === false);
  if (unreachable.length > 0 && blocking.length === 0) return unreachable;
  if (blocking.length === 0) throw withAdvice(thrown);
  throw notRemoved(image, blocking, thrown, context);
}

async function whyUnreachable(
  call: Call,
  image: ImageOutputs,
  spec: TargetSpec,
  context: TargetContext,
): Promise<string | undefined> {
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(probeMilliseconds)]);
  try {
    return await ask(openShared(spec, context), image, spec, signal, context);
  } catch (thrown) {
    return describeThrown(thrown);
  }
}

async function ask(
  target: Target,
  image: ImageOutputs,
  spec: TargetSpec,
  signal: AbortSignal,
  context: TargetContext,
): Promise<string | undefined> {
  const { records } = target.capabilities;
  const publications = formerArtifactsAt(image, [spec]);
  const { installKey, places } = image;
  const known = { installKey, places, cacheRecords: cacheRecords(context) };
  await requirePlaces([target], { ...known, publications }, signal);
  await records?.list(recordPaths.owners(installKey), signal, 1);
  const [artifact] = publications;
  if (artifact === undefined) return undefined;
  const found = await findAtPlace(target, artifact, known, signal);
  return found.state === "unreachable" ? found.why : undefined;
}

function notRemoved(
  image: ImageOutputs & { readonly id: string },
  blocking: readonly TargetSpec[],
  thrown: unknown,
  context: TargetContext,
): StylusError {
  const names = blocking.map((spec) => openShared(spec, context).id);
  return new StylusError(asStylusError(thrown).code, {
    what: `The image ${image.id} could not be removed from ${names.join(", ")}.`,
    why: reasonOf(thrown),
    next: [
      isExpected(thrown) ? thrown.details.next : "Make it reachable and run this again.",
      ...blocking.map((spec) => wayOut(image.id, spec, context)),
      stateDelete,
    ].join(" "),
    problems: blocking.flatMap((spec) =>
      formerArtifactsAt(image, [spec]).map(({ uri }) => ({ path: uri, reason: "may still exist" })),
    ),
    cause: thrown,
  });
}

/** An error of a target that answers, but does not remove the image. */
function withAdvice(thrown: unknown): unknown {
  if (!isExpected(thrown) || !thrown.code.startsWith("publish.")) return thrown;
  const { details } = thrown;
  const next = `${details.next} The image stays in the state; ${stateDelete}`;
  return new StylusError(thrown.code, { ...details, next, cause: thrown });
}
