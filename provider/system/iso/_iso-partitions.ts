import { open } from "node:fs/promises";
import { z } from "zod";
import { run } from "../process/run";

const sector = 512;

/** A partition of a hybrid ISO, in bytes from its beginning. */
export interface IsoPartition {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

const tableSchema = z.object({
  partitiontable: z.object({
    partitions: z
      .array(z.object({ start: z.number(), size: z.number(), type: z.string() }))
      .default([]),
  }),
});

/** The partitions that firmware finds on a USB stick with that ISO; none on a medium that is only a CD. */
export async function readIsoPartitions(
  path: string,
  signal: AbortSignal,
): Promise<readonly IsoPartition[]> {
  // 1: there is no partition table.
  const options = { signal, code: "convert.failed", accepted: [0, 1] } as const;
  const { stdout, exitCode } = await run("sfdisk", ["--json", path], options);
  if (exitCode !== 0) return [];
  const { partitions } = tableSchema.parse(JSON.parse(stdout)).partitiontable;
  return partitions.map(({ start, size, type }) => ({
    start: start * sector,
    end: (start + size) * sector,
    type,
  }));
}

/** Where a GUID partition table's backup ends (UEFI specification, table 5-5: the alternate LBA); undefined without one. */
export async function backupTableEnd(path: string): Promise<number | undefined> {
  const handle = await open(path, "r");
  try {
    const header = Buffer.alloc(sector);
    await handle.read(header, 0, sector, sector);
    if (header.toString("latin1", 0, 8) !== "EFI PART") return undefined;
    return (Number(header.readBigUInt64LE(32)) + 1) * sector;
  } finally {
    await handle.close();
  }
}
