import { stat } from "node:fs/promises";
import { StylusError } from "../base/errors";
import { canonicalJson } from "../base/json";
import { isDiskFormat, sourceOf } from "../plan/formats";
import type { DiskFormat, FormatSpec } from "../schema/formats";
import { formatSize } from "../base/size";
import type { IsoReport } from "../system/iso/inspect";
import { freeDiskSpace } from "../system/host/capacity";

/**
 * Compressed size of an installed system as a share of its data; seldom more. A disk of random
 * bytes fills the file system, and that error is handled when it happens.
 */
const compressedShare = 0.45;

/** Size of an artifact's source, in bytes. */
export interface SourceSize {
  /** Data of the base disk, without holes. */
  readonly dataBytes: number;
  /** Size of the source artifact, if the format has one. */
  readonly source?: number | undefined;
}

/** Estimated bytes that a conversion writes. */
export function estimatedBytes(format: DiskFormat, { dataBytes, source }: SourceSize): number {
  const compressed = dataBytes * compressedShare;
  switch (format.type) {
    case "raw":
      // The base disk itself is published.
      return (format.compression ?? "none") === "none" ? 0 : compressed;
    case "qcow2":
      return format.compression === "none" ? dataBytes : compressed;
    case "vmdk":
    case "gce":
      return compressed;
    case "vhd":
      return dataBytes;
    case "ova":
    case "containerdisk":
      return source ?? compressed;
  }
}

/** Estimated bytes that an install writes, from the size of the installer's root file system. */
export function estimatedInstallBytes({
  sizeBytes,
  root,
}: Pick<IsoReport, "sizeBytes" | "root">): number {
  if (root === undefined) return sizeBytes;
  // The active, the passive and the recovery system are copies of the root file system.
  return 3 * (root.contentBytes ?? root.sizeBytes * unpackedShare);
}

/**
 * Decompressed size of an installer's root file system as a multiple of its compressed size; seldom
 * less.
 */
const unpackedShare = 2;

/**
 * Estimated bytes of a complete build: base disk and all artifacts at the build host, which are
 * kept until everything is published. A published artifact is another copy of the same size.
 */
export function estimatedBuildBytes(
  formats: readonly FormatSpec[],
  dataBytes: number,
): { readonly made: number; readonly published: number } {
  const disks = formats.filter(isDiskFormat);
  const sourceOfEach = disks.map((format) => sourceOf(format)).filter((it) => it !== undefined);
  const all = new Map<string, DiskFormat>();
  for (const format of [...sourceOfEach, ...disks]) {
    if (isDiskFormat(format)) all.set(canonicalJson(format), format);
  }
  const sum = (some: Iterable<DiskFormat>): number =>
    [...some].reduce((bytes, format) => bytes + estimatedBytes(format, { dataBytes }), 0);
  const bare = disks.some(({ type }) => type === "raw") ? dataBytes : 0;
  return { made: dataBytes + sum(all.values()), published: sum(disks) + bare };
}

/** Fails before a conversion that would fill the disk. */
export async function requireSpace(
  folder: string,
  format: DiskFormat,
  { disk, source }: { readonly disk: string; readonly source: number | undefined },
): Promise<void> {
  const { blocks } = await stat(disk);
  const dataBytes = blocks * 512;
  await requireFree(folder, format.type, estimatedBytes(format, { dataBytes, source }));
}

/** Fails if the file system of a folder has less free space than `bytes`. */
export async function requireFree(folder: string, what: string, bytes: number): Promise<void> {
  const free = await freeDiskSpace(folder);
  if (free >= bytes) return;
  throw new StylusError("host.disk-full", {
    what: `The ${what} needs about ${formatSize(Math.ceil(bytes))}, but only ${formatSize(free)} are free in ${folder}.`,
    next: "Free disk space there and run the command again. Finished stages are kept.",
  });
}
