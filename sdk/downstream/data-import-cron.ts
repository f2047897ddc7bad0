import type * as pulumi from "@pulumi/pulumi";
import { registrySource, type RegistrySource } from "./data-volume-source";
import { isPlain, plainOutput, type Inputs } from "./deep-inputs";
import { metadataOf, type Metadata, type MetadataOptions } from "./metadata";
import { requireLabel } from "./names";
import { definedFields } from "./defined-fields";
import { inputError } from "./input-error";
import { storageOf, type StorageOptions, type StorageSpec } from "./storage";

/** Options of a DataImportCron. */
export interface DataImportCronOptions extends MetadataOptions, Omit<StorageOptions, "size"> {
  /** Name of the DataSource that follows the tag, from which machines clone their disks. At most 63 characters. */
  readonly managedDataSource: string;
  /** Name of the DataImportCron. Default: `managedDataSource`. */
  readonly name?: string | undefined;
  /** When to check the tag, in cron format: `0 3 * * *`. */
  readonly schedule: string;
  /** Size of the disk in bytes, or text such as `120GiB`; at least the image's `virtualSizeBytes`. */
  readonly size: number | string;
  /** Whether to delete disks of earlier imports. Default: that of CDI, `Outdated`. */
  readonly garbageCollect?: "Outdated" | "Never" | undefined;
  /** Number of imports to keep. Default: that of CDI, 3. */
  readonly importsToKeep?: number | undefined;
  /** Treatment of the imports when the DataImportCron is deleted. Default: that of CDI, `RetainAll`. */
  readonly retentionPolicy?: "RetainAll" | "None" | undefined;
  /** Name of a Secret with `accessKeyId` (user) and `secretKey` (password) of the registry. Default: none. */
  readonly secretRef?: string | undefined;
  /** Name of a ConfigMap with a CA certificate. Default: none. */
  readonly certConfigMap?: string | undefined;
  /** Pull by CDI's importer (`pod`) or the node's container runtime (`node`). Default: that of CDI, `pod`. */
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

/** A DataImportCron object. */
export interface DataImportCron {
  apiVersion: "cdi.kubevirt.io/v1beta1";
  kind: "DataImportCron";
  metadata: Metadata;
  spec: DataImportCronSpec;
}

/** The same with outputs as values, for an image in a Pulumi program. */
export interface DataImportCronArgs extends Pick<DataImportCron, "apiVersion" | "kind"> {
  metadata: pulumi.Output<Metadata>;
  spec: pulumi.Output<DataImportCronSpec>;
}

/**
 * Returns a DataImportCron, which makes a DataSource follow a tag in a registry: new machines get the newest image, and
 * existing machines are not replaced. The tag is `host/repository:tag`; a digest is not supported by CDI. `spec` cannot be
 * changed, so set `replaceOnChanges: ["spec"]` and `deleteBeforeReplace: true` on the resource.
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
  const made = plainOutput<Given>({ tag, options }).apply((it) => cronOf(it.tag, it.options));
  return { ...constant, metadata: made.metadata, spec: made.spec };
}

interface Given {
  readonly tag: string;
  readonly options: DataImportCronOptions;
}

/** Never outputs, because Pulumi's Kubernetes package derives the type of the resource from them. */
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
      ...definedFields({ garbageCollect, importsToKeep, retentionPolicy }),
      template: { spec: { source, storage: storageOf(options, {}) } },
    },
  };
}

function requireTag(reference: string): string {
  const tag = reference.replace(/^(?:docker|oci):\/\//, "");
  if (/^[^/\s@]+\/[^@\s]+:[\w][\w.-]{0,127}$/.test(tag)) return tag;
  throw inputError({
    what: `${reference} is not a tag in a registry.`,
    why: tag.includes("@")
      ? "It is a digest, which never moves; CDI follows a tag that moves."
      : "It does not consist of registry, repository and tag.",
    next: "Use a tag that moves, such as `registry.example/edge:stable`; for a fixed image use `dataVolumeTemplate`.",
  });
}
