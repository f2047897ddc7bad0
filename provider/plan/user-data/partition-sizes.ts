import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { MiB } from "../../base/size";
import type { Firmware } from "../../schema/names";

/** Size of the partition that holds the boot loader, in MiB. */
const bootPartition: Readonly<Record<Firmware, number>> = { bios: 1, uefi: 64 };

/**
 * The smallest disk that kairos-agent can partition as `install` says, in bytes (`NewInstallElementalPartitions` in its
 * pkg/config/spec.go): STATE = 2 x active + passive + 1000 MiB and RECOVERY = 2 x recovery + 200 MiB unless `install`
 * gives a larger size, OEM 64 MiB unless it gives another, and 1 MiB before the first partition. `imageBytes` is the size
 * of the system images for which `install` gives none; 0 while it is not known.
 */
export function smallestDisk(
  imageBytes: number,
  install: JsonMap = {},
  firmware: Firmware = "uefi",
): number {
  const image = imageBytes / MiB;
  const active = sizeOf(install.system) ?? image;
  const passive = sizeOf(install.passive) ?? image;
  const recovery = sizeOf(install["recovery-system"]) ?? image;
  const partitions = isJsonMap(install.partitions) ? install.partitions : {};
  const sizes = [
    1,
    bootPartition[firmware],
    sizeOf(partitions.oem) ?? 64,
    Math.max(sizeOf(partitions.state) ?? 0, 2 * active + passive + 1000),
    Math.max(sizeOf(partitions.recovery) ?? 0, 2 * recovery + 200),
    sizeOf(partitions.persistent) ?? 0,
    ...extraPartitions(install).map((partition) => sizeOf(partition) ?? 0),
  ];
  return sizes.reduce((sum, size) => sum + size, 0) * MiB;
}

/** Sizes of `install.partitions` and `install.extra-partitions` with which kairos-agent cannot partition the disk. */
export function partitionProblems(
  install: JsonMap,
  diskSize: number | undefined,
): readonly InputProblem[] {
  return [...restProblems(install), ...sumProblems(install, diskSize)];
}

/** Only one partition can take the rest of the disk; without a size of its own, the persistent one does. */
function restProblems(install: JsonMap): readonly InputProblem[] {
  const partitions = isJsonMap(install.partitions) ? install.partitions : {};
  const takesRest = extraPartitions(install).flatMap((partition, index) =>
    isJsonMap(partition) && (partition.size ?? 0) === 0 ? [index] : [],
  );
  const hasPersistentSize = sizeOf(partitions.persistent) !== undefined;
  const [surplus, advice] = hasPersistentSize
    ? [takesRest.slice(1), "an earlier one does; give the size in MiB"]
    : [
        takesRest,
        "the persistent one does; give the size in MiB, or a size of `partitions.persistent`",
      ];
  return surplus.map((index) => ({
    path: `userData.install.extra-partitions[${index}].size`,
    reason: `must be more than 0, because only one partition can take the rest of the disk, and ${advice}`,
  }));
}

function sumProblems(install: JsonMap, diskSize: number | undefined): readonly InputProblem[] {
  const key = (["partitions", "extra-partitions"] as const).find((name) => name in install);
  if (diskSize === undefined || key === undefined) return [];
  // The firmware is not known here, and that of a BIOS needs least.
  const needed = smallestDisk(0, install, "bios");
  // Without sizes of the user's own, the system images decide, whose size the installer's inspection finds.
  if (needed <= diskSize || needed === smallestDisk(0, {}, "bios")) return [];
  return [
    {
      path: `userData.install.${key}`,
      reason: `needs a disk of at least ${needed / MiB} MiB with all partitions of Kairos, but \`machine.diskSize\` is ${diskSize / MiB} MiB; make the partitions smaller or the disk larger`,
    },
  ];
}

function extraPartitions(install: JsonMap): readonly Json[] {
  const list = install["extra-partitions"];
  return isJsonList(list) ? list : [];
}

/** The size that a partition or an image gives, in MiB; 0 means none. */
function sizeOf(value: Json | undefined): number | undefined {
  const size = isJsonMap(value) ? value.size : undefined;
  return typeof size === "number" && size > 0 ? size : undefined;
}
