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

/** Options of a DataVolume. */
export interface DataVolumeTemplateOptions
  extends DataVolumeSourceOptions, StorageOptions, MetadataOptions {
  /** First part of the name. Default: that of the artifact's name. */
  readonly name?: string | undefined;
}

/** A DataVolume, or an item of a VirtualMachine's `dataVolumeTemplates`. */
export interface DataVolumeTemplate {
  apiVersion: "cdi.kubevirt.io/v1beta1";
  kind: "DataVolume";
  metadata: Metadata;
  spec: { source: DataVolumeSource; storage: StorageSpec };
}

/** The same with outputs as values, for an image in a Pulumi program. */
export interface DataVolumeTemplateArgs extends Pick<DataVolumeTemplate, "apiVersion" | "kind"> {
  metadata: pulumi.Output<Metadata>;
  spec: pulumi.Output<DataVolumeTemplate["spec"]>;
}

/**
 * Returns a DataVolume with the disk of an image. The name ends in ten digits of the artifact's digest, so that for another
 * content another DataVolume is created before the old one is deleted. CDI does not allow changes of `spec`: with
 * `replaceOnChanges: ["spec"]` Pulumi replaces the DataVolume when only an option changes, which requires
 * `deleteBeforeReplace`, because the name is then the same.
 *
 * ```ts
 * const disk = dataVolumeTemplate(image, { name: "edge", secretRef: "bucket-keys" });
 * new kubernetes.apiextensions.CustomResource("disk", { ...disk }, { replaceOnChanges: ["spec"] });
 * ```
 *
 * In a VirtualMachine, which creates and deletes it:
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
 * Throws like `dataVolumeSource`, and if `size` is less than the size of the disk.
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

/** Never outputs, because Pulumi's Kubernetes package derives the type of the resource from them. */
const constant = { apiVersion: "cdi.kubevirt.io/v1beta1", kind: "DataVolume" } as const;

type Variable = Pick<DataVolumeTemplate, "metadata" | "spec">;

const derivation: Derivation<DataVolumeTemplateOptions, Variable> = {
  choose: chooseForCdi,
  make: ({ artifact, facts }, options) => ({
    metadata: metadataOf(labelOfContent(artifact, options.name ?? ownName(artifact)), options),
    spec: { source: sourceOf(artifact, options), storage: storageOf(options, facts) },
  }),
};
