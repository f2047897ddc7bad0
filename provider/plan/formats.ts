import type { DiskFormat, FormatSpec } from "../schema/formats";
import type { ArtifactFormat } from "../schema/names";
import type { Destination } from "../schema/state";
import { canonicalJson } from "../base/json";
import { isoOptions } from "./iso/layout";
import { slowDigest } from "./slow-digest";

export interface FormatFacts {
  readonly extension: string;
  readonly mediaType: string;
}

const octets = "application/octet-stream";

/** Formats whose options change neither extension nor media type. */
const plain = {
  qcow2: { extension: "qcow2", mediaType: "application/x-qemu-disk" },
  vmdk: { extension: "vmdk", mediaType: "application/x-vmdk" },
  ova: { extension: "ova", mediaType: "application/ovf" },
  vhd: { extension: "vhd", mediaType: "application/x-vhd" },
  gce: { extension: "tar.gz", mediaType: "application/gzip" },
  containerdisk: { extension: "oci.tar", mediaType: "application/x-tar" },
  iso: { extension: "iso", mediaType: "application/x-iso9660-image" },
  seed: { extension: "iso", mediaType: "application/x-iso9660-image" },
} as const satisfies Record<Exclude<ArtifactFormat, "raw">, FormatFacts>;

const rawFacts = {
  none: { extension: "raw", mediaType: octets },
  zstd: { extension: "raw.zst", mediaType: "application/zstd" },
  gzip: { extension: "raw.gz", mediaType: "application/gzip" },
} as const satisfies Record<string, FormatFacts>;

/** The kind of a file, independent of the options that it was made with. */
export type FileKind =
  | { readonly type: "raw"; readonly compression?: "none" | "zstd" | "gzip" | undefined }
  | { readonly type: Exclude<ArtifactFormat, "raw"> };

export function factsOf(format: FileKind): FormatFacts {
  return format.type === "raw" ? rawFacts[format.compression ?? "none"] : plain[format.type];
}

/** The format as it is made for a target: compressed by default if it crosses a network. */
export function formatFor(format: FormatSpec, isRemote: boolean): FormatSpec {
  if (format.type !== "raw") return format;
  return { ...format, compression: format.compression ?? (isRemote ? "zstd" : "none") };
}

/** The formats that an existing artifact may have: any compression if the user did not choose one. */
export function acceptedFormats(format: FormatSpec): readonly FormatSpec[] {
  if (format.type !== "raw" || format.compression !== undefined) return [format];
  return (["none", "zstd"] as const).map((compression) => ({ ...format, compression }));
}

/** Formats from which the base disk can be restored bit by bit. */
const lossless: ReadonlySet<ArtifactFormat> = new Set<ArtifactFormat>(["raw", "qcow2"]);

/** Whether the base disk can be restored from an artifact at a target. CDI imports it into a volume and keeps no file. */
export function isRestorable({ format, target }: Destination): boolean {
  return lossless.has(format) && !target.startsWith("cdi:");
}

/** Whether a format is made from the base disk, and not from the installer or the user-data alone. */
export function needsDisk({ type }: Pick<FormatSpec, "type">): boolean {
  return type !== "iso" && type !== "seed";
}

/** The same for a format with its options. */
export function isDiskFormat(format: FormatSpec): format is DiskFormat {
  return needsDisk(format);
}

/** The artifact that a format is made from; undefined if it is made from the base disk, the installer or user-data. */
export function sourceOf(format: FormatSpec): FormatSpec | undefined {
  switch (format.type) {
    case "ova":
      return { type: "vmdk" };
    case "containerdisk":
      switch (format.disk) {
        case "qcow2":
          return { type: "qcow2", compression: "zlib" };
        case "vmdk":
          return { type: "vmdk" };
        case "raw":
          return undefined;
      }
    // falls through: the inner switch always returns
    case "raw":
    case "qcow2":
    case "vmdk":
    case "vhd":
    case "gce":
    case "iso":
    case "seed":
      return undefined;
  }
}

/** The options that change the bytes of a format, as plain data for the artifact key. */
export function formatOptions(format: FormatSpec): Readonly<Record<string, unknown>> {
  // Artifact keys from before raw disks could be compressed do not contain the option.
  if (format.type === "raw" && format.compression === "none") return {};
  if (format.type === "iso") return isoOptions(format);
  const options = Object.entries(format).filter(([name]) => name !== "type");
  return Object.fromEntries(options.map(([name, value]) => [name, inKey(name, value)]));
}

/** Keys are public. With a fast hash, guesses of the secrets in `extraConfig` could be tested against them. */
function inKey(name: string, value: unknown): unknown {
  const isSecret = name === "extraConfig" && canonicalJson(value) !== "{}";
  return isSecret ? slowDigest(canonicalJson(value), "pulumi-stylus-image extraConfig v1") : value;
}
