import type { FormatName } from "../format-args";
import type { Place, PlaceChoice } from "../outputs";
import { refused } from "./refused";

/** Which of an image's artifacts is taken. */
export interface WhichArtifact<F extends FormatName> {
  /** Default: the first in the image's order that will do. */
  readonly format?: F | undefined;
  /** Target to take it from, as `artifacts[].target` names it. Default: the first that will do. */
  readonly target?: string | undefined;
}

/** Why what is at a place will not do, and the way out. */
export interface Obstacle {
  readonly why: string;
  readonly next: string;
}

export interface Reader {
  /** Who reads it, for messages. */
  readonly name: string;
  readonly formats: readonly FormatName[];
  readonly obstacle: (place: Place) => Obstacle | undefined;
}

/** Takes the first place of the formats and the target asked for that the reader can read. */
export function choosePlace(
  reader: Reader,
  { format, target }: WhichArtifact<FormatName>,
): PlaceChoice {
  const formats = reader.formats.filter((it) => format === undefined || it === format);
  return (there) => {
    const asked = there.filter(
      (place) =>
        formats.some((it) => it === place.format) &&
        (target === undefined || place.target === target),
    );
    const found = asked.find((place) => reader.obstacle(place) === undefined);
    if (found !== undefined) return found;
    throw none(reader, formats, target, there, asked[0]);
  };
}

function none(
  reader: Reader,
  formats: readonly FormatName[],
  target: string | undefined,
  there: readonly Place[],
  first: Place | undefined,
): Error {
  const obstacle = first === undefined ? undefined : reader.obstacle(first);
  if (first !== undefined && obstacle !== undefined) {
    const what = `${reader.name} cannot read the artifact "${first.format}" at ${first.target}.`;
    return refused({ what, ...obstacle });
  }
  const names = there.map((place) => `${place.format} at ${place.target}`).join(", ");
  const place = target === undefined ? "" : ` at ${target}`;
  return refused({
    what: `The image has no artifact${place} that ${reader.name} is to read.`,
    why: `It has ${names || "none yet"}; looked for is ${formats.join(" or ") || "none that it reads"}.`,
    next: `Add one of ${reader.formats.join(", ")} to \`formats\`, or name one that is there.`,
  });
}

/** The word that a target's name begins with: `directory`, `s3`, `oci`. */
export function kindOf({ target }: Place): string {
  return /^[a-z0-9]+/.exec(target)?.[0] ?? "";
}
