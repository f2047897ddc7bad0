import * as pulumi from "@pulumi/pulumi";
import {
  chooseForCdi,
  sourceOf,
  type DataVolumeSource,
  type DataVolumeSourceOptions,
} from "./data-volume-source";
import type { Inputs } from "./deep-inputs";
import { derive, type Derivation, type ImageData, type ImageSource } from "./image-source";
import { metadataOf, type Metadata, type MetadataOptions } from "./metadata";
import { labelOfContent, ownName } from "./names";
import { storageOf, type StorageOptions, type StorageSpec } from "./storage";

export interface DataVolumeTemplateOptions
  extends DataVolumeSourceOptions, StorageOptions, MetadataOptions {
  /** What its name begins with. Default what the artifact's own name begins with. */
  readonly name?: string | undefined;
}

/** A DataVolume, or an item of a VirtualMachine's `dataVolumeTemplates`. */
export interface DataVolumeTemplate {
  apiVersion: "cdi.kubevirt.io/v1beta1";
  kind: "DataVolume";
  metadata: Metadata;
  spec: { source: DataVolumeSource; storage: StorageSpec };
}

/** The same of an image that is not there yet: an object to be spread, its values being outputs. */
export interface DataVolumeTemplateArgs extends Pick<DataVolumeTemplate, "apiVersion" | "kind"> {
  metadata: pulumi.Output<Metadata>;
  spec: pulumi.Output<DataVolumeTemplate["spec"]>;
}

/**
 * A DataVolume with the disk of an image. Its name ends in ten digits of the artifact's digest, so that another content
 * makes another DataVolume, before the old one goes. CDI lets nobody change a spec: `replaceOnChanges: ["spec"]` makes
 * Pulumi replace it when only an option changes, and as the name is then the same, that takes `deleteBeforeReplace`.
 *
 * ```ts
 * const disk = dataVolumeTemplate(image, { name: "edge", secretRef: "bucket-keys" });
 * new kubernetes.apiextensions.CustomResource("disk", { ...disk }, { replaceOnChanges: ["spec"] });
 * ```
 *
 * Under a VirtualMachine, which makes and removes it:
 *
 * ```ts
 * spec: {
 *   dataVolumeTemplates: [disk],
 *   template: { spec: {
 *     domain: { devices: { disks: [{ name: "root", disk: { bus: "virtio" } }] }, ... },
 *     volumes: [{ name: "root", dataVolume: { name: disk.metadata.name } }, cloudInitNoCloud({ userData })],
 *   } },
 * }
 * ```
 *
 * Throws as `dataVolumeSource` does, and where `size` is less than the disk's.
 */
export function dataVolumeTemplate(
  from: ImageData,
  options?: DataVolumeTemplateOptions,
): DataVolumeTemplate;
export function dataVolumeTemplate(
  from: ImageSource,
  options?: Inputs<DataVolumeTemplateOptions>,
): DataVolumeTemplateArgs;
export function dataVolumeTemplate(
  from: ImageSource | ImageData,
  options: Inputs<DataVolumeTemplateOptions> = {},
): DataVolumeTemplate | DataVolumeTemplateArgs {
  const made = derive(from, options, derivation);
  if (!pulumi.Output.isInstance(made)) return { ...constant, ...made };
  return { ...constant, metadata: made.metadata, spec: made.spec };
}

/** Plain even where the rest is not: Pulumi's Kubernetes package makes the resource's type of them. */
const constant = { apiVersion: "cdi.kubevirt.io/v1beta1", kind: "DataVolume" } as const;

type Variable = Pick<DataVolumeTemplate, "metadata" | "spec">;

const derivation: Derivation<DataVolumeTemplateOptions, Variable> = {
  choose: chooseForCdi,
  make: ({ artifact, facts }, options) => ({
    metadata: metadataOf(labelOfContent(artifact, options.name ?? ownName(artifact)), options),
    spec: { source: sourceOf(artifact, options), storage: storageOf(options, facts) },
  }),
};
