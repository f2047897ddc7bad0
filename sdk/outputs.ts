import type { Destination, Publication, Template } from "../provider/schema/state";

/** One artifact at one target. */
export type Artifact = Publication;
export type { Template };

/** A format at a target, as `pending` and `missing` list it. */
export type Place = Destination;

/** What a `StylusImage` gives, as plain data: for example through a StackReference. */
export interface StylusImageOutputs {
  readonly artifacts: readonly Artifact[];
  readonly installKey: string;
  readonly installerSha256: string;
  /** Absent where nothing was installed: an image of an `iso` alone. */
  readonly contentDigest?: string | undefined;
  readonly virtualSizeBytes: number;
  readonly firmware: "bios" | "uefi";
  readonly arch: "amd64";
  readonly guestId: string;
  readonly scsiType: string;
  readonly recipe: string;
  /** Of the page that tells of the build; absent where no target can hold one, or an earlier version built. */
  readonly reportUrl?: string | undefined;
}

/** What a virtual machine of the image has to be told. */
export type ImageFacts = Pick<
  StylusImageOutputs,
  "virtualSizeBytes" | "firmware" | "guestId" | "scsiType"
>;

/** Takes one of the places that an image has artifacts at, or will have. Throws where none will do. */
export type PlaceChoice = (there: readonly Place[]) => Place;

/**
 * The artifact of that format, where several targets have one the first of them, or that of the `target` named.
 *
 * Throws where there is none, and says which there are.
 */
export function artifact(
  outputs: Partial<Pick<StylusImageOutputs, "artifacts">> | undefined,
  format: string,
  target?: string,
): Artifact {
  return atPlace(artifactsOf(outputs), format, target);
}

/**
 * The template that a `vsphere` target's vCenter made of an artifact: its name, inventory path and UUID.
 *
 * Throws where the target deploys none.
 */
export function templateOf({ template, format, target }: Artifact): Template {
  if (template !== undefined) return template;
  throw new Error(
    `No template is made of ${format} at ${target}. Give the \`vsphere\` target of the library a \`deploy\`, and run \`pulumi up\`.`,
  );
}

export function artifactsOf(
  outputs: Partial<Pick<StylusImageOutputs, "artifacts">> | undefined,
): readonly Artifact[] {
  if (outputs?.artifacts !== undefined) return outputs.artifacts;
  throw new Error(
    "These are no outputs of a StylusImage: export `image.outputs`, or the image itself, from the stack that makes it, and run `pulumi up` there.",
  );
}

/** The same of anything that stands at a place. */
export function atPlace<T extends Place>(there: readonly T[], format: string, target?: string): T {
  const found = there.find(
    (it) => it.format === format && (target === undefined || it.target === target),
  );
  if (found !== undefined) return found;
  const names = there.map((it) => `${it.format} at ${it.target}`).join(", ");
  const place = target === undefined ? "" : ` at ${target}`;
  throw new Error(
    `The image has no artifact "${format}"${place}; it has ${names || "none yet"}. Add the format to \`formats\`.`,
  );
}

/** The artifact at the place that `choose` takes. */
export function chosen(artifacts: readonly Artifact[], choose: PlaceChoice): Artifact {
  const place = choose(artifacts);
  return atPlace(artifacts, place.format, place.target);
}

export function isAt(one: Place, other: Place): boolean {
  return one.format === other.format && one.target === other.target;
}
