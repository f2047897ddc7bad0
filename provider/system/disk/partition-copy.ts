import { open, rm, writeFile, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { throwIfCancelled } from "../../base/cancellation";
import { MiB } from "../../base/size";
import { run, toolError } from "../process/run";
import type { PartitionLocation } from "./partitions";

type Place = Pick<PartitionLocation, "start" | "sizeBytes">;

const chunkBytes = MiB;

/** Copies a partition of a raw disk to a file, in place of one that is there. */
export async function copyPartition(
  disk: string,
  place: Place,
  copy: string,
  signal: AbortSignal,
): Promise<void> {
  // A build that was killed leaves its copy.
  await rm(copy, { force: true });
  await withFile(disk, "r", (from) =>
    withFile(copy, "wx", (to) => copyChunks(from, place, to, signal)),
  );
}

async function copyChunks(
  from: FileHandle,
  { start, sizeBytes }: Place,
  to: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  const zeros = Buffer.alloc(chunkBytes);
  await to.truncate(sizeBytes);
  for (const { at, length } of chunksOf(sizeBytes)) {
    throwIfCancelled(signal);
    const chunk = await readChunk(from, start + at, length);
    // Zeros stay a hole.
    if (!chunk.equals(zeros.subarray(0, length))) await to.write(chunk, 0, length, at);
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
  const pieces: string[] = [];
  const commands: string[] = [];
  const writePieces = async (old: FileHandle, changed: FileHandle): Promise<void> => {
    for (const { at, length } of chunksOf(sizeBytes)) {
      throwIfCancelled(signal);
      const chunk = await readChunk(changed, at, length);
      if (chunk.equals(await readChunk(old, start + at, length))) continue;
      const piece = `${copy}.${at}`;
      pieces.push(piece);
      await writeFile(piece, chunk, { mode: 0o600 });
      commands.push("-c", `write -q -s ${basename(piece)} ${start + at} ${length}`);
    }
  };
  try {
    await withFile(disk, "r", (old) => withFile(copy, "r", (changed) => writePieces(old, changed)));
    if (commands.length > 0) await writeByQemu(overlay, commands, { cwd: dirname(copy), signal });
  } finally {
    await Promise.all(pieces.map((piece) => rm(piece, { force: true })));
  }
}

/** Names in `commands` have no folder, because a command of qemu-io ends at a space. */
async function writeByQemu(
  overlay: string,
  commands: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<void> {
  const { exitCode, stdout, stderr } = await run("qemu-io", ["-f", "qcow2", ...commands, overlay], {
    signal,
    code: "internal",
    cwd,
    accepted: [0, 1],
  });
  if (exitCode === 0) return;
  // It prints the reason of a failed write to standard output.
  const end = { exitCode, stderr: stderr + stdout, signal: undefined, failure: undefined };
  throw toolError("qemu-io", end, { code: "internal" });
}

/** Opens a file for a piece of work. */
async function withFile(
  path: string,
  flags: "r" | "wx",
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
  } finally {
    await file.close();
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
