import { canonicalTargetId } from "../provider/schema/targets/identity";
import type { FormatName } from "./format-args";

/** A format at a target, as `pending` and `missing` list it. */
export interface Place {
  /** Name of the format; `seed` for a `SiteSeed`. */
  readonly format: FormatName | "seed";
  /** Identity of the target: `s3://bucket/prefix`, `directory:images`. */
  readonly target: string;
}

/** One artifact at one target, with its URL, size and SHA-256. */
export interface Artifact extends Place {
  /** Address in the form of the target: `s3://bucket/key`, `file:///...`. */
  readonly uri: string;
  /** Immutable address that a downstream resource can fetch: https, http or file. */
  readonly url: string;
  readonly sizeBytes: number;
  /** Absent for an uncompressed raw disk, unless a target needed it. */
  readonly sha256?: string | undefined;
  readonly mediaType: string;
  /** SHA-256 over content digest, format, options and encoder. */
  readonly artifactKey: string;
  /** Name and version of the compressor. Part of the artifact key, but ignored when an existing artifact is looked up. */
  readonly encoder: string;
  /** Present if the target deploys the artifact. */
  readonly template?: Template | undefined;
}

/** The template that vSphere made from an artifact, to clone machines from. */
export interface Template {
  /** Unique for the artifact and the location of the template. */
  readonly name: string;
  /** Inventory path: `/DC/vm/folder/name`. */
  readonly path: string;
  /** BIOS UUID, which most tools look a template up by. A template that is made again has the same one. */
  readonly uuid: string;
}

/** The outputs of a `StylusImage` as plain data, for example from a StackReference. */
export interface StylusImageOutputs {
  /** The published artifacts, in the order of `publishTo`, then `formats`. */
  readonly artifacts: readonly Artifact[];
  /** SHA-256 of everything that determines the installation. */
  readonly installKey: string;
  /** SHA-256 of the installer ISO. */
  readonly installerSha256: string;
  /** SHA-256 of the content of the disk; undefined if nothing was installed because `iso` is the only format. */
  readonly contentDigest?: string | undefined;
  /** Size of the disk in bytes. */
  readonly virtualSizeBytes: number;
  /** Firmware that the image boots with. */
  readonly firmware: "bios" | "uefi";
  readonly arch: "amd64";
  /** vSphere guest identifier. */
  readonly guestId: string;
  /** vSphere disk controller. */
  readonly scsiType: string;
  /** Version of the recipe that the image was installed with. */
  readonly recipe: string;
  /** URL of the build report; undefined if no target can hold it, or if an earlier version built the image. */
  readonly reportUrl?: string | undefined;
}

/** Hardware settings for a virtual machine of the image. */
export type ImageFacts = Pick<
  StylusImageOutputs,
  "virtualSizeBytes" | "firmware" | "guestId" | "scsiType"
>;

/** Selects one of the places at which an image has or will have artifacts. Throws if none is suitable. */
export type PlaceChoice = (places: readonly Place[]) => Place;

/**
 * Returns the artifact of a format at a target. Default target: the first one that has the format.
 *
 * Throws if there is none; the message lists the available artifacts.
 */
export function artifact(
  outputs: Partial<Pick<StylusImageOutputs, "artifacts">> | undefined,
  format: string,
  target?: string,
): Artifact {
  return atPlace(artifactsOf(outputs), format, target);
}

/**
 * Returns the template that vCenter deployed from an artifact at a `vsphere` target: name, inventory path and UUID.
 *
 * Throws if the target has no `deploy`.
 */
export function templateOf({ template, format, target }: Artifact): Template {
  if (template !== undefined) return template;
  throw new Error(
    `No template is deployed from ${format} at ${target}. Add \`deploy\` to the \`vsphere\` target of the library, and run \`pulumi up\`.`,
  );
}

/** The artifacts of outputs. Throws if the value is not the outputs of a `StylusImage`. */
export function artifactsOf(
  outputs: Partial<Pick<StylusImageOutputs, "artifacts">> | undefined,
): readonly Artifact[] {
  if (outputs?.artifacts !== undefined) return outputs.artifacts;
  throw new Error(
    "The value is not the outputs of a StylusImage. Export `image.outputs`, or the image itself, from the stack that creates it, and run `pulumi up` there.",
  );
}

/** The first item of a format at a target, or at any target. Throws if there is none. */
export function atPlace<T extends Place>(places: readonly T[], format: string, target?: string): T {
  const found = places.find(
    (it) => it.format === format && (target === undefined || isTarget(it.target, target)),
  );
  if (found !== undefined) return found;
  const names = places.map((it) => `${it.format} at ${it.target}`).join(", ");
  const place = target === undefined ? "" : ` at ${target}`;
  throw new Error(
    `The image has no artifact "${format}"${place}; it has ${names || "none yet"}. Add the format to \`formats\`.`,
  );
}

/** The artifact at the place that `choose` selects. */
export function chosen(artifacts: readonly Artifact[], choose: PlaceChoice): Artifact {
  const place = choose(artifacts);
  return atPlace(artifacts, place.format, place.target);
}

/** Whether two places are the same. */
export function isAt(one: Place, other: Place): boolean {
  return one.format === other.format && isTarget(one.target, other.target);
}

/** Whether two names mean the same target, however they are spelled. */
export function isTarget(one: string, other: string): boolean {
  return canonicalTargetId(one) === canonicalTargetId(other);
}
