import type { Artifact, StylusImageOutputs } from "../../../../sdk";
import type { FormatName } from "../../../../provider/schema/names";
import { GiB } from "../../../../provider/base/size";

export const sha256 = "0123456789abcdef".repeat(4);
const extensions: Partial<Record<FormatName, string>> = { raw: "raw.zst" };

function artifactOf(
  format: FormatName,
  target: string,
  uri: string,
  url: string,
  digest = sha256,
): Artifact {
  return {
    format,
    target,
    uri,
    url,
    sizeBytes: 1000,
    sha256: digest,
    mediaType: "application/octet-stream",
    artifactKey: "f".repeat(64),
    encoder: "none",
  };
}

const pathOf = (format: FormatName) =>
  `edge-aaaaaaaaaaaa/edge-bbbbbbbbbbbb.${extensions[format] ?? format}`;

/** As the targets publish them. */
export const inBucket = (format: FormatName, digest = sha256): Artifact =>
  artifactOf(
    format,
    "s3://bucket/images",
    `s3://bucket/images/${pathOf(format)}`,
    `https://bucket.s3.eu-west-1.amazonaws.com/images/${pathOf(format)}`,
    digest,
  );
export const inPathStyleBucket = (format: FormatName): Artifact =>
  artifactOf(
    format,
    "s3://bucket (https://minio.example:9000)",
    `s3://bucket/${pathOf(format)}`,
    `https://minio.example:9000/bucket/${pathOf(format)}`,
  );
export const onServer = (format: FormatName): Artifact =>
  artifactOf(
    format,
    "https://files.example/images",
    `https://files.example/images/${pathOf(format)}`,
    `https://files.example/images/${pathOf(format)}`,
  );
export const inFolder = (format: FormatName): Artifact =>
  artifactOf(
    format,
    "directory:images",
    `file:///srv/my%20images/${pathOf(format)}`,
    `file:///srv/my%20images/${pathOf(format)}`,
  );
export const inRegistry = (format: FormatName = "containerdisk"): Artifact =>
  artifactOf(
    format,
    "oci://registry.example/edge/disk",
    `oci://registry.example/edge/disk@sha256:${sha256}`,
    `registry.example/edge/disk@sha256:${sha256}`,
  );

export const inCluster = (format: FormatName): Artifact =>
  artifactOf(
    format,
    "cdi://images (edge)",
    "cdi://images/edge-bbbbbbbbbbbb",
    "https://cluster.example:6443/apis/cdi.kubevirt.io/v1beta1/namespaces/images/datavolumes/edge-bbbbbbbbbbbb",
  );

export function outputsWith(...artifacts: readonly Artifact[]): StylusImageOutputs {
  return {
    artifacts,
    installKey: "1".repeat(64),
    installerSha256: "2".repeat(64),
    contentDigest: "3".repeat(64),
    virtualSizeBytes: 100 * GiB,
    firmware: "bios",
    arch: "amd64",
    guestId: "other5xLinux64Guest",
    scsiType: "pvscsi",
    recipe: "1",
  };
}

export interface Refusal {
  readonly of: string;
  readonly ask: () => unknown;
  readonly text: RegExp;
}
