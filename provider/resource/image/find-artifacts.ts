import { lookUpPublications } from "../../records/lookup";
import type { Destination, ImageState, Publication } from "../../schema/state";
import type { FindResult } from "../../targets/find-result";
import type { RecordStore } from "../../targets/record-store";
import type { Target } from "../../targets/target";
import type { Call } from "../handlers";

/** The existing artifacts of an image at its targets. */
interface ArtifactsFound {
  /** Whether every artifact is definitely absent. */
  readonly gone: boolean;
  /** The destinations of `lost`. */
  readonly missing: readonly Destination[];
  /** Artifacts that are absent, altered or not deployed. */
  readonly lost: readonly Publication[];
  /** Artifacts of which nothing is known. */
  readonly unreachable: readonly Publication[];
}

/**
 * Looks for every artifact of an image at its target, with a warning for each that is altered or unreachable. An
 * unreachable artifact keeps its former state: missing if it was missing before, otherwise present.
 */
export async function findArtifacts(
  image: ImageState,
  targets: readonly Target[],
  call: Call,
  cacheRecords?: RecordStore,
): Promise<ArtifactsFound> {
  const results = await findAll(image, targets, call.signal, cacheRecords);
  const lost = image.artifacts.filter((artifact) => {
    const result = results.get(artifact);
    warnAbout(artifact, result, call);
    switch (result?.state) {
      case "absent":
      case "altered":
      case "undeployed":
        return true;
      case "present":
        return false;
      case "unreachable":
      case undefined:
        return image.missing.some((destination) => isAt(artifact, destination));
    }
  });
  const absent = image.artifacts.filter((it) => results.get(it)?.state === "absent");
  return {
    gone: absent.length > 0 && absent.length === image.artifacts.length,
    missing: lost.map(({ format, target }) => ({ format, target })),
    lost,
    unreachable: image.artifacts.filter((it) => results.get(it)?.state === "unreachable"),
  };
}

async function findAll(
  { artifacts, installKey, places }: ImageState,
  targets: readonly Target[],
  signal: AbortSignal,
  cacheRecords: RecordStore | undefined,
): Promise<Map<Publication, FindResult>> {
  const candidates = artifacts.flatMap((publication) => {
    const target = targets.find(({ id }) => id === publication.target);
    return target === undefined ? [] : [{ target, publication }];
  });
  const known = { installKey, places, cacheRecords };
  const results = await lookUpPublications(candidates, { signal, known });
  return new Map(
    candidates.flatMap(({ publication }, index) => {
      const result = results[index];
      return result === undefined ? [] : [[publication, result]];
    }),
  );
}

function warnAbout({ uri }: Publication, result: FindResult | undefined, { log }: Call): void {
  switch (result?.state) {
    case "altered":
      log.warn(`${uri} is not what was published: ${result.why}`);
      return;
    case "undeployed":
      log.warn(`${uri} exists, but its template is missing or differs: ${result.why}`);
      return;
    case "unreachable":
      log.warn(`${uri} could not be checked and is kept: ${result.why}`);
      return;
    case "absent":
    case "present":
    case undefined:
  }
}

function isAt(artifact: Publication, { format, target }: Destination): boolean {
  return artifact.format === format && artifact.target === target;
}
