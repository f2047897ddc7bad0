import { stat } from "node:fs/promises";
import { StylusError } from "../base/errors";
import { canonicalJson } from "../base/json";
import { isOfDisk, sourceOf } from "../plan/formats";
import type { DiskFormat, FormatSpec } from "../schema/formats";
import { formatSize } from "../base/size";
import type { IsoReport } from "../system/iso/inspect";
import { freeDiskSpace } from "../system/host/capacity";

/** What compression leaves of an installed system, seldom more; a disk of random bytes is found out when it is full. */
const compressedShare = 0.45;

/** What an artifact is made from, in bytes. */
export interface SourceSize {
  /** Data of the base disk, without its holes. */
  readonly dataBytes: number;
  /** Size of the artifact that it is made from, where it is made from one. */
  readonly source?: number | undefined;
}

/** How much room an artifact is likely to take while it is made. */
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

/** What an install is likely to write, from what the installer holds. */
export function estimatedInstallBytes({
  sizeBytes,
  root,
}: Pick<IsoReport, "sizeBytes" | "root">): number {
  if (root === undefined) return sizeBytes;
  // Active, passive and recovery system are copies of the root file system.
  return 3 * (root.contentBytes ?? root.sizeBytes * unpackedShare);
}

/** What an installer's root file system grows to when it is unpacked, seldom less. */
const unpackedShare = 2;

/**
 * Room that an image takes from nothing: at the build host the base disk and every artifact, until all are published.
 * A published artifact is a copy, as large again.
 */
export function estimatedBuildBytes(
  formats: readonly FormatSpec[],
  dataBytes: number,
): { readonly made: number; readonly published: number } {
  const disks = formats.filter(isOfDisk);
  const sourceOfEach = disks.map((format) => sourceOf(format)).filter((it) => it !== undefined);
  const all = new Map<string, DiskFormat>();
  for (const format of [...sourceOfEach, ...disks]) {
    if (isOfDisk(format)) all.set(canonicalJson(format), format);
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

/** Fails where a folder's file system has less room than that. */
export async function requireFree(folder: string, what: string, bytes: number): Promise<void> {
  const free = await freeDiskSpace(folder);
  if (free >= bytes) return;
  throw new StylusError("host.disk-full", {
    what: `The ${what} needs about ${formatSize(Math.ceil(bytes))}, and ${formatSize(free)} are free in ${folder}.`,
    next: "Free space there and run it again; what is finished is kept.",
  });
}
