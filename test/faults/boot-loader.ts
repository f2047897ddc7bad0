import { execa } from "execa";
import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ImageState } from "../../provider/schema/state";

/** The boot loader on the path that a machine's firmware reads. */
export interface BootLoader {
  /** Name of the first partition. */
  readonly partition: string;
  readonly biosCode: boolean;
  /** Below `/EFI/BOOT` of the EFI system partition. */
  readonly efiFiles: readonly string[];
}

/** Reads a published raw disk with other tools than ours. */
export async function bootLoaderOf(state: ImageState): Promise<BootLoader> {
  const disk = fileURLToPath(state.artifacts[0]?.uri ?? "");
  const [first] = await partitionsOf(disk);
  assert.ok(first !== undefined);
  return {
    partition: first.name,
    biosCode: (await firstBytes(disk, 440)).some((byte) => byte !== 0),
    efiFiles: await efiFilesOf(disk, first.start * 512),
  };
}

interface Partition {
  readonly name: string;
  readonly start: number;
}

async function partitionsOf(disk: string): Promise<readonly Partition[]> {
  const { stdout } = await execa("/usr/sbin/sfdisk", ["--json", disk]);
  const table = JSON.parse(stdout) as { partitiontable: { partitions: Partition[] } };
  return table.partitiontable.partitions;
}

async function firstBytes(disk: string, count: number): Promise<Buffer> {
  const handle = await open(disk, "r");
  try {
    return (await handle.read(Buffer.alloc(count), 0, count, 0)).buffer;
  } finally {
    await handle.close();
  }
}

async function efiFilesOf(disk: string, offset: number): Promise<string[]> {
  const listing = await execa("mdir", ["-b", "-i", `${disk}@@${offset}`, "::/EFI/BOOT"], {
    reject: false,
  });
  return listing.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace("::/EFI/BOOT/", ""))
    .sort();
}
