import type * as pulumi from "@pulumi/pulumi";
import { registrySource, type RegistrySource } from "./data-volume-source";
import { isPlain, settled, type Inputs } from "./deep-inputs";
import { metadataOf, type Metadata, type MetadataOptions } from "./metadata";
import { requireLabel } from "./names";
import { present } from "./present";
import { refused } from "./refused";
import { storageOf, type StorageOptions, type StorageSpec } from "./storage";

export interface DataImportCronOptions extends MetadataOptions, Omit<StorageOptions, "size"> {
  /** The DataSource that follows the tag, which machines clone their disks from. At most 63 characters. */
  readonly managedDataSource: string;
  /** Name of the DataImportCron itself. Default `managedDataSource`. */
  readonly name?: string | undefined;
  /** When the registry is asked, in the format of cron: `0 3 * * *`. */
  readonly schedule: string;
  /** Bytes, or text such as `120GiB`; at least the image's `virtualSizeBytes`. */
  readonly size: number | string;
  /** Whether disks of earlier imports are removed. Default `Outdated`. */
  readonly garbageCollect?: "Outdated" | "Never" | undefined;
  /** How many imports stay. Default 3. */
  readonly importsToKeep?: number | undefined;
  /** What becomes of the imports when the DataImportCron goes. Default `RetainAll`. */
  readonly retentionPolicy?: "RetainAll" | "None" | undefined;
  /** Secret with `accessKeyId` (user) and `secretKey` (password) of the registry. */
  readonly secretRef?: string | undefined;
  /** ConfigMap with the certificate of a private authority. */
  readonly certConfigMap?: string | undefined;
  /** Who pulls: CDI's importer (`pod`, its default) or the node's container runtime. */
  readonly pullMethod?: "pod" | "node" | undefined;
}

export interface DataImportCronSpec {
  managedDataSource: string;
  schedule: string;
  garbageCollect?: "Outdated" | "Never";
  importsToKeep?: number;
  retentionPolicy?: "RetainAll" | "None";
  template: { spec: { source: RegistrySource; storage: StorageSpec } };
}

export interface DataImportCron {
  apiVersion: "cdi.kubevirt.io/v1beta1";
  kind: "DataImportCron";
  metadata: Metadata;
  spec: DataImportCronSpec;
}

/** The same with values that are not there yet: an object to be spread. */
export interface DataImportCronArgs extends Pick<DataImportCron, "apiVersion" | "kind"> {
  metadata: pulumi.Output<Metadata>;
  spec: pulumi.Output<DataImportCronSpec>;
}

/**
 * A DataImportCron, which lets a DataSource follow a tag in a registry: machines made later get the newest image, and
 * no machine is replaced. It needs a tag that moves, `host/repository:tag`, and never a digest, which CDI would look
 * for under a name of two digests. Its spec cannot be changed, so give the resource `replaceOnChanges: ["spec"]` and
 * `deleteBeforeReplace: true`.
 *
 * ```ts
 * const cron = dataImportCron("registry.example/edge:stable", {
 *   managedDataSource: "edge", schedule: "0 3 * * *", size: image.virtualSizeBytes,
 * });
 * new kubernetes.apiextensions.CustomResource("edge", { ...cron }, {
 *   replaceOnChanges: ["spec"], deleteBeforeReplace: true,
 * });
 * ```
 */
export function dataImportCron(tag: string, options: DataImportCronOptions): DataImportCron;
export function dataImportCron(
  tag: pulumi.Input<string>,
  options: Inputs<DataImportCronOptions>,
): DataImportCronArgs;
export function dataImportCron(
  tag: pulumi.Input<string>,
  options: DataImportCronOptions | Inputs<DataImportCronOptions>,
): DataImportCron | DataImportCronArgs {
  if (isPlain<string>(tag) && isPlain<DataImportCronOptions>(options)) {
    return { ...constant, ...cronOf(tag, options) };
  }
  const made = settled<Given>({ tag, options }).apply((it) => cronOf(it.tag, it.options));
  return { ...constant, metadata: made.metadata, spec: made.spec };
}

interface Given {
  readonly tag: string;
  readonly options: DataImportCronOptions;
}

/** Plain even where the rest is not: Pulumi's Kubernetes package makes the resource's type of them. */
const constant = { apiVersion: "cdi.kubevirt.io/v1beta1", kind: "DataImportCron" } as const;

function cronOf(
  tag: string,
  options: DataImportCronOptions,
): Pick<DataImportCron, "metadata" | "spec"> {
  const { schedule, garbageCollect, importsToKeep, retentionPolicy } = options;
  const managedDataSource = requireLabel("managedDataSource", options.managedDataSource);
  const source = registrySource(`docker://${requireTag(tag)}`, options);
  return {
    metadata: metadataOf(requireLabel("name", options.name ?? managedDataSource), options),
    spec: {
      managedDataSource,
      schedule,
      ...present({ garbageCollect, importsToKeep, retentionPolicy }),
      template: { spec: { source, storage: storageOf(options, {}) } },
    },
  };
}

function requireTag(reference: string): string {
  const tag = reference.replace(/^(?:docker|oci):\/\//, "");
  if (/^[^/\s@]+\/[^@\s]+:[\w][\w.-]{0,127}$/.test(tag)) return tag;
  throw refused({
    what: `${reference} is no tag in a registry.`,
    why: tag.includes("@")
      ? "A digest never moves, and CDI follows what moves."
      : "It names no registry, repository and tag.",
    next: "Give a tag that moves, such as `registry.example/edge:stable`; for one image for ever use `dataVolumeTemplate`.",
  });
}
