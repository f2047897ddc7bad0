import * as pulumi from "@pulumi/pulumi";
import { choosePlace, type WhichArtifact } from "./choose-place";
import type { Inputs } from "./deep-inputs";
import { fileAddress } from "./file-address";
import { derive, type Derivation, type ImageData, type ImageSource } from "./image-source";
import { nameOfContent, ownName } from "./names";
import { vsphereReader } from "./vsphere-reader";

export interface ContentLibraryItemOptions extends WhichArtifact<"ova" | "iso"> {
  /** What its name begins with. Default what the artifact's own name begins with. */
  readonly name?: string | undefined;
  /** Default says what it was made by, and its SHA-256. */
  readonly description?: string | undefined;
  /** Another address of the same file; one that is new on each `up` replaces the item each time. */
  readonly url?: string | undefined;
}

/** Arguments of a `vsphere.ContentLibraryItem` but for its `libraryId`. */
export interface ContentLibraryItem {
  name: string;
  fileUrl: string;
  type: "ovf" | "iso";
  description: string;
}

/** The same of an image that is not there yet: an object to be spread, its values being outputs. */
export type ContentLibraryItemArgs = {
  [K in keyof ContentLibraryItem]: pulumi.Output<ContentLibraryItem[K]>;
};

/**
 * An OVA or an ISO as an item of a content library. Its name ends in ten digits of the artifact's digest, so that
 * another content makes another item. An OVA is sent by the provider's own process; a remote ISO is fetched by vCenter
 * itself, which has to reach its address.
 *
 * ```ts
 * new vsphere.ContentLibraryItem("edge", { ...contentLibraryItemArgs(image), libraryId: library.id });
 * ```
 *
 * Throws where the image has neither at a place that the provider can read.
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

/** vCenter's limit of an item's name. */
const longestName = 80;

const derivation: Derivation<ContentLibraryItemOptions, ContentLibraryItem> = {
  choose: (options) => choosePlace(vsphereReader(["ova", "iso"]), options),
  make: ({ artifact }, { name = ownName(artifact), description, url }) => ({
    name: nameOfContent(artifact, name, longestName),
    fileUrl: fileAddress(artifact, url).address,
    type: artifact.format === "iso" ? "iso" : "ovf",
    description: description ?? `pulumi-stylus-image, SHA-256 ${artifact.sha256 ?? "unknown"}`,
  }),
};
