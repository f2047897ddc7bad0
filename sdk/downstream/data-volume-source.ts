import type * as pulumi from "@pulumi/pulumi";
import type { Artifact, Place, PlaceChoice } from "../outputs";
import {
  choosePlace,
  kindOf,
  type Obstacle,
  type Reader,
  type ArtifactSelection,
} from "./choose-place";
import { definedFields } from "./defined-fields";
import type { Inputs } from "./deep-inputs";
import { derive, type Derivation, type ImageData, type ImageSource } from "./image-source";
import { inputError } from "./input-error";
import { pathStyleUrl } from "./s3-url";

/** Options of a DataVolume source. */
export interface DataVolumeSourceOptions extends ArtifactSelection<
  "qcow2" | "raw" | "containerdisk"
> {
  /**
   * How CDI reads an object in a bucket: `s3` with the keys of `secretRef`, `http` for public objects. CDI verifies a
   * checksum only with `http`. Default: `s3`.
   */
  readonly access?: "s3" | "http" | undefined;
  /**
   * Let CDI verify the SHA-256 of HTTP downloads. It requires CDI 1.65: with older versions, Pulumi's server-side apply
   * fails because of the unknown field, and a plain create ignores it. In the `dataVolumeTemplates` of a VirtualMachine,
   * KubeVirt must support the field too; KubeVirt 1.7 does not. Default: true.
   */
  readonly checksum?: boolean | undefined;
  /**
   * Name of a Secret in the namespace of the DataVolume with `accessKeyId` and `secretKey`: the static keys of a bucket
   * (required with `access: "s3"`), or user and password of a web server or registry. Default: none.
   */
  readonly secretRef?: string | undefined;
  /** Name of a ConfigMap with a CA certificate. Default: none. */
  readonly certConfigMap?: string | undefined;
  /** HTTP request headers, as `Name: value`, readable in the object. Default: none. */
  readonly extraHeaders?: readonly string[] | undefined;
  /** Names of Secrets with HTTP request headers. Default: none. */
  readonly secretExtraHeaders?: readonly string[] | undefined;
  /** Pull from a registry by CDI's importer (`pod`) or the node's container runtime (`node`). Default: that of CDI, `pod`. */
  readonly pullMethod?: "pod" | "node" | undefined;
}

/** `spec.source` of a DataVolume. */
export type DataVolumeSource = HttpSource | S3Source | RegistrySource | ClaimSource;

export interface HttpSource {
  http: {
    url: string;
    checksum?: string;
    secretRef?: string;
    certConfigMap?: string;
    extraHeaders?: string[];
    secretExtraHeaders?: string[];
  };
}

export interface S3Source {
  s3: { url: string; secretRef: string; certConfigMap?: string };
}

export interface RegistrySource {
  registry: {
    url: string;
    secretRef?: string;
    certConfigMap?: string;
    pullMethod?: "pod" | "node";
  };
}

/** A volume of the cluster that CDI clones. */
export interface ClaimSource {
  pvc: { namespace: string; name: string };
}

/**
 * Returns `spec.source` of a DataVolume for an artifact: a qcow2 or raw disk (compressed or not) at a web server or in a
 * bucket, a containerdisk in a registry by digest, or the volume of a `cdi` target, which is cloned. Cloning from another
 * namespace requires permission for `datavolumes/source` there.
 *
 * Plain data returns plain data. A `StylusImage` or an output returns an output, which is known in a preview if the artifact
 * is.
 *
 * Throws if the image has no such artifact, if it is only in a folder, and for a bucket without `secretRef`.
 *
 * ```ts
 * dataVolumeSource(image, { secretRef: "bucket-keys" });
 * // { s3: { url: "https://s3.eu-west-1.amazonaws.com/bucket/edge-.../edge-....qcow2", secretRef: "bucket-keys" } }
 * dataVolumeSource(image, { access: "http" });
 * // { http: { url: "https://...", checksum: "sha256:..." } }
 * ```
 */
export function dataVolumeSource(
  from: ImageData,
  options?: DataVolumeSourceOptions,
): DataVolumeSource;
export function dataVolumeSource(
  from: ImageSource,
  options?: Inputs<DataVolumeSourceOptions>,
): pulumi.Output<DataVolumeSource>;
export function dataVolumeSource(
  from: ImageSource | ImageData,
  options: Inputs<DataVolumeSourceOptions> = {},
): DataVolumeSource | pulumi.Output<DataVolumeSource> {
  return derive(from, options, derivation);
}

const derivation: Derivation<DataVolumeSourceOptions, DataVolumeSource> = {
  choose: chooseForCdi,
  make: ({ artifact }, options) => sourceOf(artifact, options),
};

export function chooseForCdi(
  options: ArtifactSelection<"qcow2" | "raw" | "containerdisk">,
): PlaceChoice {
  return choosePlace(cdi, options);
}

const cdi: Reader = { name: "CDI", formats: ["qcow2", "raw", "containerdisk"], obstacle };

function obstacle(place: Place): Obstacle | undefined {
  const kind = kindOf(place);
  if (kind === "directory") {
    return {
      why: "It is a file on a machine, which pods in the cluster cannot access.",
      next: "Publish it to an `s3` target as well, or the format `containerdisk` to an `oci` target.",
    };
  }
  if (place.format === "containerdisk") {
    if (kind === "oci") return undefined;
    return {
      why: "Outside a registry, a containerdisk is a tar file, which CDI would import as a disk.",
      next: "Publish it to an `oci` target, or use the `qcow2`.",
    };
  }
  if (["s3", "http", "https", "cdi"].includes(kind)) return undefined;
  return {
    why: "CDI reads disks over HTTP and from buckets; from a registry it reads only containerdisks.",
    next: "Publish it to an `s3` target as well, or the format `containerdisk` to an `oci` target.",
  };
}

export function sourceOf(artifact: Artifact, options: DataVolumeSourceOptions): DataVolumeSource {
  if (artifact.format === "containerdisk")
    return registrySource(`docker://${imageOf(artifact)}`, options);
  const [, namespace, name] = /^cdi:\/\/([^/]+)\/([^/]+)$/.exec(artifact.uri) ?? [];
  if (namespace !== undefined && name !== undefined) return { pvc: { namespace, name } };
  const isObject = artifact.uri.startsWith("s3://");
  if (isObject && options.access !== "http") return s3Source(artifact, options);
  if (/^https?:\/\//.test(artifact.url)) return httpSource(artifact, options);
  throw inputError({
    what: `CDI cannot read ${artifact.uri}.`,
    why: "CDI reads disks over HTTP, from buckets and from registries.",
    next: "Publish the artifact to an `s3` or `oci` target.",
  });
}

function httpSource({ url, sha256 }: Artifact, options: DataVolumeSourceOptions): HttpSource {
  const { secretRef, certConfigMap, extraHeaders, secretExtraHeaders } = options;
  const isVerified = options.checksum !== false && sha256 !== undefined;
  return {
    http: {
      url,
      ...(isVerified && { checksum: `sha256:${sha256}` }),
      ...definedFields({ secretRef, certConfigMap }),
      ...(extraHeaders !== undefined && { extraHeaders: [...extraHeaders] }),
      ...(secretExtraHeaders !== undefined && { secretExtraHeaders: [...secretExtraHeaders] }),
    },
  };
}

function s3Source(artifact: Artifact, options: DataVolumeSourceOptions): S3Source {
  const { secretRef, certConfigMap } = options;
  if (secretRef === undefined) {
    throw inputError({
      what: `CDI reads ${artifact.uri} with the keys of a Secret, but \`secretRef\` is not set.`,
      next: 'Set `secretRef`, or `access: "http"` if the object is public.',
    });
  }
  return { s3: { url: pathStyleUrl(artifact), secretRef, ...definedFields({ certConfigMap }) } };
}

export function registrySource(
  url: string,
  options: Pick<DataVolumeSourceOptions, "secretRef" | "certConfigMap" | "pullMethod">,
): RegistrySource {
  const { secretRef, certConfigMap, pullMethod } = options;
  return { registry: { url, ...definedFields({ secretRef, certConfigMap, pullMethod }) } };
}

/** The image reference of a containerdisk: `host/repository@sha256:...`. */
export function imageOf({ url }: Artifact): string {
  const image = url.replace(/^(?:oci|docker):\/\//, "");
  if (/^[^/\s]+\/[^@\s]+@sha256:[0-9a-f]{64}$/.test(image)) return image;
  throw inputError({
    what: `${url} is not a containerdisk in a registry.`,
    why: "It has no repository and digest.",
    next: "Publish the format `containerdisk` to an `oci` target.",
  });
}
