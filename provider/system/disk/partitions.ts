import { stat } from "node:fs/promises";
import { z } from "zod";
import { run } from "../process/run";

/** A partition's entry in its table. */
export interface PartitionLocation {
  /** From 1; 0 for a disk without a table. */
  readonly number: number;
  /** Its name in a GPT. */
  readonly name?: string | undefined;
  /** GUID or MBR type, upper case. */
  readonly typeId: string;
  /** Bytes from the beginning of the disk. */
  readonly start: number;
  readonly sizeBytes: number;
}

export interface FileSystem {
  /** As blkid names it: ext4, vfat, crypto_LUKS, ... */
  readonly type: string;
  readonly label?: string | undefined;
}

export interface PartitionTable {
  readonly table: "gpt" | "dos" | "none";
  readonly partitions: readonly PartitionLocation[];
}

const sfdiskSchema = z.object({
  partitiontable: z.object({
    label: z.enum(["gpt", "dos"]),
    sectorsize: z.number().default(512),
    partitions: z
      .array(
        z.object({
          node: z.string(),
          start: z.number(),
          size: z.number(),
          type: z.string(),
          name: z.string().optional(),
        }),
      )
      .default([]),
  }),
});

export async function readTable(path: string, signal: AbortSignal): Promise<PartitionTable> {
  const options = { signal, code: "install.incomplete", accepted: [0, 1] } as const;
  const { stdout, exitCode } = await run("sfdisk", ["--json", path], options);
  const whole = { number: 0, typeId: "", start: 0, sizeBytes: (await stat(path)).size };
  if (exitCode !== 0) return { table: "none", partitions: [whole] };
  const { label, sectorsize, partitions } = sfdiskSchema.parse(JSON.parse(stdout)).partitiontable;
  // The boot sector of a FAT file system without a table looks like an empty MBR.
  if (label === "dos" && partitions.length === 0) return { table: "none", partitions: [whole] };
  const places = partitions.map(({ node, name, type, start, size }) => ({
    number: Number(/(\d+)$/.exec(node)?.[1]),
    name,
    typeId: type.toUpperCase(),
    start: start * sectorsize,
    sizeBytes: size * sectorsize,
  }));
  return { table: label, partitions: places };
}

/** The file system that blkid finds in a range of a disk; undefined if it recognises none. */
export async function probeFileSystem(
  path: string,
  { start, sizeBytes }: PartitionLocation,
  signal: AbortSignal,
): Promise<FileSystem | undefined> {
  const range = ["-O", String(start), "-S", String(sizeBytes)];
  // 2: nothing found; 8: more than one found, which mount refuses: remains of another file system.
  const { stdout } = await run("blkid", ["-p", "-o", "export", ...range, path], {
    signal,
    code: "install.incomplete",
    accepted: [0, 2, 8],
  });
  const values = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).replace(/\\(.)/g, "$1"));
  }
  const type = values.get("TYPE");
  return type === undefined ? undefined : { type, label: values.get("LABEL") };
}

/** The first partition of a disk whose file system has this label. */
export async function findFileSystem(
  path: string,
  label: string,
  signal: AbortSignal,
): Promise<PartitionLocation | undefined> {
  const { partitions } = await readTable(path, signal);
  for (const location of partitions) {
    if ((await probeFileSystem(path, location, signal))?.label === label) return location;
  }
  return undefined;
}
