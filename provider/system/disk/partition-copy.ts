import { open, rm, writeFile, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { throwIfCancelled } from "../../base/cancellation";
import { MiB } from "../../base/size";
import { run } from "../process/run";
import type { PartitionLocation } from "./partitions";

type Place = Pick<PartitionLocation, "start" | "sizeBytes">;

const chunkBytes = MiB;

/** Copies a partition of a raw disk to a new file. */
export async function copyPartition(
  disk: string,
  { start, sizeBytes }: Place,
  copy: string,
  signal: AbortSignal,
): Promise<void> {
  const from = await open(disk, "r");
  const to = await open(copy, "wx", 0o600);
  const zeros = Buffer.alloc(chunkBytes);
  try {
    await to.truncate(sizeBytes);
    for (const { at, length } of chunksOf(sizeBytes)) {
      throwIfCancelled(signal);
      const chunk = await readChunk(from, start + at, length);
      // Zeros stay a hole.
      if (!chunk.equals(zeros.subarray(0, length))) await to.write(chunk, 0, length, at);
    }
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/**
 * Writes what a changed copy of a partition has and the disk has not into a qcow2 overlay of the disk. The disk itself
 * stays as it is.
 */
export async function writeToOverlay(
  overlay: string,
  { start, sizeBytes }: Place,
  { disk, copy }: { readonly disk: string; readonly copy: string },
  signal: AbortSignal,
): Promise<void> {
  const [old, changed] = [await open(disk, "r"), await open(copy, "r")];
  const pieces: string[] = [];
  try {
    const commands: string[] = [];
    for (const { at, length } of chunksOf(sizeBytes)) {
      throwIfCancelled(signal);
      const chunk = await readChunk(changed, at, length);
      if (chunk.equals(await readChunk(old, start + at, length))) continue;
      const piece = `${copy}.${at}`;
      pieces.push(piece);
      await writeFile(piece, chunk, { mode: 0o600 });
      commands.push("-c", `write -q -s ${basename(piece)} ${start + at} ${length}`);
    }
    if (commands.length === 0) return;
    // Names without a folder: a command of qemu-io ends at a space.
    await run("qemu-io", ["-f", "qcow2", ...commands, overlay], {
      signal,
      code: "internal",
      cwd: dirname(copy),
    });
  } finally {
    await Promise.all([old.close(), changed.close()]);
    await Promise.all(pieces.map((piece) => rm(piece, { force: true })));
  }
}

function* chunksOf(sizeBytes: number): Iterable<{ readonly at: number; readonly length: number }> {
  for (let at = 0; at < sizeBytes; at += chunkBytes) {
    yield { at, length: Math.min(chunkBytes, sizeBytes - at) };
  }
}

/** Bytes of a file; zeros behind its end. */
async function readChunk(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}
