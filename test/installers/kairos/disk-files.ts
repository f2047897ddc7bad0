import { execa } from "execa";
import { z } from "zod";

const tableSchema = z.object({
  partitiontable: z.object({
    partitions: z.array(z.object({ start: z.number(), size: z.number(), name: z.string() })),
  }),
});

/** A partition of a raw disk with 512-byte sectors. */
export interface Partition {
  readonly offset: number;
  readonly bytes: number;
}

export async function partitionNamed(rawDisk: string, name: string): Promise<Partition> {
  const { stdout } = await execa("sfdisk", ["--json", rawDisk]);
  const { partitions } = tableSchema.parse(JSON.parse(stdout)).partitiontable;
  const found = partitions.find((partition) => partition.name === name);
  if (found === undefined) throw new Error(`${rawDisk} has no partition named ${name}`);
  return { offset: found.start * 512, bytes: found.size * 512 };
}

/** The names in a folder of an ext file system; none if the folder does not exist. */
export async function filesIn(fileSystem: string, folder: string): Promise<readonly string[]> {
  const { stdout } = await execa("debugfs", ["-R", `ls -p ${folder}`, fileSystem]);
  return stdout
    .split("\n")
    .map((line) => line.split("/")[5] ?? "")
    .filter((name) => name !== "" && name !== "." && name !== "..");
}

export async function contentOf(fileSystem: string, path: string): Promise<string> {
  return (await execa("debugfs", ["-R", `cat ${path}`, fileSystem])).stdout;
}
