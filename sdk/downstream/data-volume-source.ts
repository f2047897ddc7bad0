import type * as pulumi from "@pulumi/pulumi";
import type { Artifact, Place, PlaceChoice } from "../outputs";
import {
  choosePlace,
  kindOf,
  type Obstacle,
  type Reader,
  type WhichArtifact,
} from "./choose-place";
import { present } from "./present";
import type { Inputs } from "./deep-inputs";
import { derive, type Derivation, type ImageData, type ImageSource } from "./image-source";
import { refused } from "./refused";
import { pathStyleUrl } from "./s3-url";

export interface DataVolumeSourceOptions extends WhichArtifact<"qcow2" | "raw" | "containerdisk"> {
  /**
   * How an object in a bucket is read. Default `s3`: with the keys of `secretRef`. `http` is for objects that anybody
   * may read; only then does CDI compare a checksum.
   */
  readonly access?: "s3" | "http" | undefined;
  /**
   * Let CDI compare the SHA-256 of what it downloads over HTTP. Default true; needs CDI 1.65. An older one has no such
   * field: server-side apply, which Pulumi uses, is refused there by name of the field, while a plain create passes
   * over it. The `dataVolumeTemplates` of a VirtualMachine have it only where KubeVirt knows it too: 1.7 does not.
   */
  readonly checksum?: boolean | undefined;
  /**
   * Secret in the namespace of the DataVolume with `accessKeyId` and `secretKey`: the keys of a bucket (needed there,
   * and they are static: no session token), or user and password of a server or registry.
   */
  readonly secretRef?: string | undefined;
  /** ConfigMap with the certificate of a private authority. */
  readonly certConfigMap?: string | undefined;
  /** Headers of the HTTP requests, as `Name: value`. They stand in the object for everybody to read. */
  readonly extraHeaders?: readonly string[] | undefined;
  /** Secrets with such headers. */
  readonly secretExtraHeaders?: readonly string[] | undefined;
  /** Who pulls from a registry: CDI's importer (`pod`, its default) or the node's container runtime. */
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

/** A volume of the cluster, which CDI clones. */
export interface ClaimSource {
  pvc: { namespace: string; name: string };
}

/**
 * An artifact as CDI reads it: `spec.source` of a DataVolume. A qcow2 or a raw disk (compressed or not) from a web
 * server or a bucket, a containerdisk from a registry by its digest; of a `cdi` target the volume that it was made into,
 * which is cloned (from another namespace that takes the right to `datavolumes/source` there).
 *
 * Plain data gives plain data. A `StylusImage`, or an output, gives an output, which a preview knows where it knows the
 * artifact.
 *
 * Throws where the image has no such artifact, where it only lies in a folder, and where a bucket is to be read
 * without keys.
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
  options: WhichArtifact<"qcow2" | "raw" | "containerdisk">,
): PlaceChoice {
  return choosePlace(cdi, options);
}

const cdi: Reader = { name: "CDI", formats: ["qcow2", "raw", "containerdisk"], obstacle };

function obstacle(place: Place): Obstacle | undefined {
  const kind = kindOf(place);
  if (kind === "directory") {
    return {
      why: "It is a file of a machine, which no pod in a cluster sees.",
      next: "Publish it to an `s3` target as well, or the format `containerdisk` to an `oci` target.",
    };
  }
  if (place.format === "containerdisk") {
    if (kind === "oci") return undefined;
    return {
      why: "Outside a registry a containerdisk is a tar file, which CDI takes for a disk.",
      next: "Publish it to an `oci` target, or take the `qcow2`.",
    };
  }
  if (["s3", "http", "https", "cdi"].includes(kind)) return undefined;
  return {
    why: "It reads disks over HTTP and from buckets; in a registry it looks for a containerdisk.",
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
  throw refused({
    what: `CDI cannot read ${artifact.uri}.`,
    why: "It reads disks over HTTP, from buckets and from registries.",
    next: "Publish the artifact to an `s3` or `oci` target.",
  });
}

function httpSource({ url, sha256 }: Artifact, options: DataVolumeSourceOptions): HttpSource {
  const { secretRef, certConfigMap, extraHeaders, secretExtraHeaders } = options;
  const isCompared = options.checksum !== false && sha256 !== undefined;
  return {
    http: {
      url,
      ...(isCompared && { checksum: `sha256:${sha256}` }),
      ...present({ secretRef, certConfigMap }),
      ...(extraHeaders !== undefined && { extraHeaders: [...extraHeaders] }),
      ...(secretExtraHeaders !== undefined && { secretExtraHeaders: [...secretExtraHeaders] }),
    },
  };
}

function s3Source(artifact: Artifact, options: DataVolumeSourceOptions): S3Source {
  const { secretRef, certConfigMap } = options;
  if (secretRef === undefined) {
    throw refused({
      what: `CDI reads ${artifact.uri} with the keys of a Secret, and \`secretRef\` names none.`,
      next: 'Give `secretRef`, or `access: "http"` where anybody may read the object.',
    });
  }
  return { s3: { url: pathStyleUrl(artifact), secretRef, ...present({ certConfigMap }) } };
}

export function registrySource(
  url: string,
  options: Pick<DataVolumeSourceOptions, "secretRef" | "certConfigMap" | "pullMethod">,
): RegistrySource {
  const { secretRef, certConfigMap, pullMethod } = options;
  return { registry: { url, ...present({ secretRef, certConfigMap, pullMethod }) } };
}

/** A containerdisk as registries' clients name it: `host/repository@sha256:...`. */
export function imageOf({ url }: Artifact): string {
  const image = url.replace(/^(?:oci|docker):\/\//, "");
  if (/^[^/\s]+\/[^@\s]+@sha256:[0-9a-f]{64}$/.test(image)) return image;
  throw refused({
    what: `${url} is no containerdisk in a registry.`,
    why: "It names no repository and digest.",
    next: "Publish the format `containerdisk` to an `oci` target.",
  });
}
