import type { Finding, Target } from "../../targets/target";
import type { ImageState, Place, Publication } from "../../schema/state";
import { askTarget } from "./_ask-target";
import type { Call } from "../handlers";

/** What is there of an image. */
export interface ImageFinding {
  /** Whether all of it is definitely gone. */
  readonly gone: boolean;
  readonly missing: readonly Place[];
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
): Promise<Map<Publication, Finding>> {
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

function warnOf({ uri }: Publication, finding: Finding | undefined, call: Call): void {
  if (finding?.state === "altered") {
    call.log.warn(`${uri} is not what was published: ${finding.why}`);
  } else if (finding?.state === "undeployed") {
    call.log.warn(`${uri} is there, but not what is deployed from it: ${finding.why}`);
  } else if (finding?.state === "unreachable") {
    call.log.warn(`${uri} could not be looked at, and is kept: ${finding.why}`);
  }
}

function isAt(artifact: Publication, place: Place): boolean {
  return artifact.format === place.format && artifact.target === place.target;
}
