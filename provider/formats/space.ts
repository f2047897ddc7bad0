import { stat } from "node:fs/promises";
import { StylusError } from "../spec/errors";
import type { DiskFormat } from "../spec/format-spec";
import { formatSize } from "../spec/size";
import { freeBytes } from "../system/machine";

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
  const free = await freeBytes(folder);
  if (free >= bytes) return;
  throw new StylusError("host.disk-full", {
    what: `The ${what} needs about ${formatSize(Math.ceil(bytes))}, and ${formatSize(free)} are free in ${folder}.`,
    next: "Free space there and run it again; what is finished is kept.",
  });
}
