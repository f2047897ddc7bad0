import { open } from "node:fs/promises";
import { StylusError } from "../../base/errors";
import { readIsoBoot, type IsoBoot } from "../../system/iso/boot";
import { type IsoPartition, guidTable, readIsoPartitions } from "../../system/iso/partitions";
import type { IsoFile } from "../../system/iso/tree";
import type { ExpectedContent } from "./compare";

/** The parts of an ISO that firmware reads before any file. */
export interface IsoLayout {
  readonly path: string;
  readonly sizeBytes: number;
  readonly boot: IsoBoot;
  readonly partitions: readonly IsoPartition[];
  readonly table: "none" | "sound" | "damaged";
}

export async function readLayout(path: string, signal: AbortSignal): Promise<IsoLayout> {
  const handle = await open(path, "r");
  try {
    const boot = await readIsoBoot(handle);
    if (boot === undefined) throw damaged("it is no ISO 9660 image");
    const { size: sizeBytes } = await handle.stat();
    const partitions = await readIsoPartitions(path, signal);
    return { path, sizeBytes, boot, partitions, table: await guidTable(handle, sizeBytes) };
  } finally {
    await handle.close();
  }
}

/** Fails unless the ISO has the installer's boot records and a valid partition table. */
export function requireSameLayout(before: IsoLayout, after: IsoLayout): void {
  const bootSummary = ({ bios, uefi, volumeLabel, modified }: IsoBoot): string =>
    [bios ? "BIOS" : "", uefi ? "UEFI" : "", volumeLabel, modified].join(" ");
  if (bootSummary(before.boot) !== bootSummary(after.boot)) {
    throw damaged(
      `it boots as "${bootSummary(after.boot)}", and the installer as "${bootSummary(before.boot)}"`,
    );
  }
  if (before.partitions.length > 0 && after.partitions.length === 0) {
    throw damaged("its partition table is gone");
  }
  // Some firmware rejects a disk if only one of the two tables is valid.
  if (before.table !== "none" && after.table !== "sound") {
    throw damaged("its partition table and that table's backup at the end are not both sound");
  }
  if (before.partitions.some(isEfi) && !after.partitions.some(isEfi)) {
    throw damaged("its EFI system partition is gone");
  }
  const { volumeBytes } = after.boot;
  if (after.sizeBytes < volumeBytes) {
    throw damaged(`it has ${after.sizeBytes} bytes, not ${volumeBytes}`);
  }
}

/** Fails if a file lies outside of the partitions: from a USB stick it could not be read. */
export function requireCovered({ partitions }: IsoLayout, files: readonly IsoFile[]): void {
  if (partitions.length === 0) return;
  for (const { path, offset, sizeBytes } of files) {
    const isCovered = partitions.some(
      ({ start, end }) => offset >= start && offset + sizeBytes <= end,
    );
    if (!isCovered) throw damaged(`its first partition ends before ${path}`);
  }
}

/**
 * Boot data outside of files: the code in front of the partition table, and the EFI system
 * partition.
 */
export function bootContents(before: IsoLayout, after: IsoLayout): ExpectedContent[] {
  if (before.partitions.length === 0) return [];
  const code = {
    path: "the boot code of its first sector",
    offset: codeStart,
    sizeBytes: codeSize,
  };
  const from = { file: before.path, offset: codeStart, length: codeSize };
  const [efi, installerEfi] = [after.partitions.find(isEfi), before.partitions.find(isEfi)];
  if (efi === undefined || installerEfi === undefined) return [{ ...code, from }];
  // The size may have been rounded up to whole CD sectors.
  const length = installerEfi.end - installerEfi.start;
  return [
    { ...code, from },
    {
      path: "its EFI system partition",
      offset: efi.start,
      sizeBytes: Math.min(length, efi.end - efi.start),
      from: { file: before.path, offset: installerEfi.start, length },
    },
  ];
}

// Before it lies Apple's partition map; behind it, the address of the boot loader's next stage.
const codeStart = 32;
const codeSize = 400;

/** By the type in a GPT or in an MBR. */
function isEfi({ type }: IsoPartition): boolean {
  return /^(?:C12A7328-F81F-11D2-BA4B-00A0C93EC93B|ef)$/i.test(type);
}

export function damaged(how: string): StylusError {
  return new StylusError("convert.failed", {
    what: `The new ISO is damaged: ${how}.`,
    why: "xorriso could not copy the installer's layout, or the build host's disk is damaged.",
    next: "Check the build host's disk and xorriso's version (`stylus-image doctor`), then run the command again.",
  });
}
