import type { ImageState, Destination, Publication } from "../../schema/state";
import type { FindResult } from "../../targets/find-result";
import { isRemoteTarget, type Target } from "../../targets/target";
import type { Call } from "../handlers";

/** How many questions about one image a target gets at once. */
const questionsAtOnce = 4;

/** How long a server may take to answer all questions about one image. */
const patienceMilliseconds = 30_000;

/** How long a server that kept silent is not asked again: 200 images at a dead one are not to wait 200 times. */
const silenceMilliseconds = 60_000;

/** When each target was last found silent, by this process. */
const silentSince = new Map<string, number>();

/** What a target says of each publication, in the same order, in a time that does not depend on its answering. */
export async function askTarget(
  target: Target,
  publications: readonly Publication[],
  signal: AbortSignal,
  milliseconds = patienceMilliseconds,
): Promise<FindResult[]> {
  if (isSilent(target)) {
    const why = `${target.id} did not answer a moment ago, and was not asked again.`;
    return publications.map(() => ({ state: "unreachable", why }));
  }
  const findings: FindResult[] = [];
  const waiting = [...publications.entries()];
  const askOneByOne = async (patience: AbortSignal | undefined): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, publication] = next;
      findings[index] = await askPatiently(target, publication, signal, patience);
    }
  };
  // A folder that is hashed may take its time: it is at work, and not silent.
  const patience = isRemoteTarget(target) ? AbortSignal.timeout(milliseconds) : undefined;
  await Promise.all(Array.from({ length: questionsAtOnce }, () => askOneByOne(patience)));
  if (patience?.aborted === true) silentSince.set(target.id, Date.now());
  return findings;
}

async function askPatiently(
  target: Target,
  publication: Publication,
  signal: AbortSignal,
  patience: AbortSignal | undefined,
): Promise<FindResult> {
  if (patience === undefined) return target.find(publication, signal);
  const both = AbortSignal.any([signal, patience]);
  try {
    both.throwIfAborted();
    return await target.find(publication, both);
  } catch (thrown) {
    if (signal.aborted || !patience.aborted) throw thrown;
    return { state: "unreachable", why: `${target.id} did not answer in time.` };
  }
}

function isSilent(target: Target): boolean {
  const since = silentSince.get(target.id);
  return since !== undefined && Date.now() - since < silenceMilliseconds;
}

/** What is there of an image. */
interface ImageFinding {
  /** Whether all of it is definitely gone. */
  readonly gone: boolean;
  readonly missing: readonly Destination[];
  readonly lost: readonly Publication[];
}

/**
 * Asks every target what is there of an image. Only when everything is definitely gone, the image is; a target that
 * cannot be asked never drops state, and what was missing there before still is.
 */
export async function readImage(
  image: ImageState,
  targets: readonly Target[],
  call: Call,
): Promise<ImageFinding> {
  const findings = await askAll(image.artifacts, targets, call.signal);
  const lost = image.artifacts.filter((artifact) => {
    const finding = findings.get(artifact);
    warnOf(artifact, finding, call);
    switch (finding?.state) {
      case "absent":
      case "altered":
      case "undeployed":
        return true;
      case "present":
        return false;
      case "unreachable":
      case undefined:
        return image.missing.some((place) => isAt(artifact, place));
    }
  });
  const absent = image.artifacts.filter((it) => findings.get(it)?.state === "absent");
  return {
    gone: absent.length > 0 && absent.length === image.artifacts.length,
    missing: lost.map(({ format, target }) => ({ format, target })),
    lost,
  };
}

async function askAll(
  artifacts: readonly Publication[],
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<Map<Publication, FindResult>> {
  const answers = await Promise.all(
    targets.map(async (target) => {
      const here = artifacts.filter((artifact) => artifact.target === target.id);
      const findings = await askTarget(target, here, signal);
      return here.flatMap((artifact, index) => {
        const finding = findings[index];
        return finding === undefined ? [] : [[artifact, finding] as const];
      });
    }),
  );
  return new Map(answers.flat());
}

function warnOf({ uri }: Publication, finding: FindResult | undefined, call: Call): void {
  if (finding?.state === "altered") {
    call.log.warn(`${uri} is not what was published: ${finding.why}`);
  } else if (finding?.state === "undeployed") {
    call.log.warn(`${uri} is there, but not what is deployed from it: ${finding.why}`);
  } else if (finding?.state === "unreachable") {
    call.log.warn(`${uri} could not be looked at, and is kept: ${finding.why}`);
  }
}

function isAt(artifact: Publication, place: Destination): boolean {
  return artifact.format === place.format && artifact.target === place.target;
}
