import type { FormatName } from "../format-args";
import { isTarget, type Place, type PlaceChoice } from "../outputs";
import { inputError } from "./input-error";

/** Selects one of an image's artifacts. */
export interface ArtifactSelection<F extends FormatName> {
  /** Format of the artifact. Default: the first one that is suitable, in the order of the image. */
  readonly format?: F | undefined;
  /** Target of the artifact, as in `artifacts[].target`. Default: the first one that is suitable. */
  readonly target?: string | undefined;
}

/** Why the artifact at a place cannot be read, and what to do. */
export interface Obstacle {
  readonly why: string;
  readonly next: string;
}

/** The program that will read an artifact. */
export interface Reader {
  /** Its name in messages. */
  readonly name: string;
  readonly formats: readonly FormatName[];
  /** Undefined if the reader can read from the place. */
  readonly obstacle: (place: Place) => Obstacle | undefined;
}

/** Selects the first place with a requested format and target that the reader can read. */
export function choosePlace(
  reader: Reader,
  { format, target }: ArtifactSelection<FormatName>,
): PlaceChoice {
  const formats = reader.formats.filter((it) => format === undefined || it === format);
  return (places) => {
    const candidates = places.filter(
      (place) =>
        formats.some((it) => it === place.format) &&
        (target === undefined || isTarget(place.target, target)),
    );
    const found = candidates.find((place) => reader.obstacle(place) === undefined);
    if (found !== undefined) return found;
    throw noReadableArtifact(reader, formats, target, places, candidates[0]);
  };
}

function noReadableArtifact(
  reader: Reader,
  formats: readonly FormatName[],
  target: string | undefined,
  places: readonly Place[],
  first: Place | undefined,
): Error {
  const obstacle = first === undefined ? undefined : reader.obstacle(first);
  if (first !== undefined && obstacle !== undefined) {
    const what = `${reader.name} cannot read the artifact "${first.format}" at ${first.target}.`;
    return inputError({ what, ...obstacle });
  }
  const names = places.map((place) => `${place.format} at ${place.target}`).join(", ");
  const place = target === undefined ? "" : ` at ${target}`;
  return inputError({
    what: `The image has no artifact${place} that ${reader.name} can read.`,
    why: `It has ${names || "none yet"}; requested is ${formats.join(" or ") || "a format that it cannot read"}.`,
    next: `Add one of ${reader.formats.join(", ")} to \`formats\`, or select an existing artifact.`,
  });
}

/** The kind of a target, which its name begins with: `directory`, `s3`, `oci`. */
export function kindOf({ target }: Place): string {
  return /^[a-z0-9]+/.exec(target)?.[0] ?? "";
}
