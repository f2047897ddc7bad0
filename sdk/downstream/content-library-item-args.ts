import * as pulumi from "@pulumi/pulumi";
import { choosePlace, type ArtifactSelection } from "./choose-place";
import type { Inputs } from "./deep-inputs";
import { fileAddress } from "./file-address";
import { derive, type Derivation, type ImageData, type ImageSource } from "./image-source";
import { nameOfContent, ownName } from "./names";
import { vsphereReader } from "./vsphere-reader";

/** Options of a content library item. */
export interface ContentLibraryItemOptions extends ArtifactSelection<"ova" | "iso"> {
  /** First part of the item's name. Default: that of the artifact's name. */
  readonly name?: string | undefined;
  /** Default: the name of this package and the SHA-256. */
  readonly description?: string | undefined;
  /** Another URL of the same file. A URL that changes on each `up` replaces the item each time. Default: that of the artifact. */
  readonly url?: string | undefined;
}

/** Arguments of a `vsphere.ContentLibraryItem` except `libraryId`. */
export interface ContentLibraryItem {
  name: string;
  fileUrl: string;
  type: "ovf" | "iso";
  description: string;
}

/** The same with outputs as values, for an image in a Pulumi program. */
export type ContentLibraryItemArgs = {
  [K in keyof ContentLibraryItem]: pulumi.Output<ContentLibraryItem[K]>;
};

/**
 * Returns the arguments of a content library item with an OVA or an ISO. The name ends in ten digits of the artifact's
 * digest, so that another content creates another item. The provider's process uploads an OVA; vCenter downloads a remote
 * ISO itself, and must be able to reach its URL.
 *
 * ```ts
 * new vsphere.ContentLibraryItem("edge", { ...contentLibraryItemArgs(image), libraryId: library.id });
 * ```
 *
 * Throws if the image has neither at a place that the provider can read.
 */
export function contentLibraryItemArgs(
  from: ImageData,
  options?: ContentLibraryItemOptions,
): ContentLibraryItem;
export function contentLibraryItemArgs(
  from: ImageSource,
  options?: Inputs<ContentLibraryItemOptions>,
): ContentLibraryItemArgs;
export function contentLibraryItemArgs(
  from: ImageSource | ImageData,
  options: Inputs<ContentLibraryItemOptions> = {},
): ContentLibraryItem | ContentLibraryItemArgs {
  const made = derive(from, options, derivation);
  if (!pulumi.Output.isInstance(made)) return made;
  const { name, fileUrl, type, description } = made;
  return { name, fileUrl, type, description };
}

/** vCenter's limit for the name of an item, in characters. */
const maxNameLength = 80;

const derivation: Derivation<ContentLibraryItemOptions, ContentLibraryItem> = {
  choose: (options) => choosePlace(vsphereReader(["ova", "iso"]), options),
  make: ({ artifact }, { name = ownName(artifact), description, url }) => ({
    name: nameOfContent(artifact, name, maxNameLength),
    fileUrl: fileAddress(artifact, url).address,
    type: artifact.format === "iso" ? "iso" : "ovf",
    description: description ?? `pulumi-stylus-image, SHA-256 ${artifact.sha256 ?? "unknown"}`,
  }),
};
