import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { StylusError } from "../spec/errors";
import { MiB } from "../spec/size";
import { blockChunks } from "../system/extents";
import { readChunks, type Chunk } from "../system/extents-read";
import { tryAgain } from "./write-fault";

/** An artifact that another one is made of. */
export interface SourceFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string | undefined;
}

/** Reads an artifact in order and, at its end, refuses one whose SHA-256 is not that of what was made. */
export async function* sourceChunks(
  { path, size, sha256 }: SourceFile,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const handle = await open(path, "r");
  try {
    const digest = createHash("sha256");
    const layout = { blockSize: 512, chunkSize: 4 * MiB, fileSize: size };
    const chunks = blockChunks([{ start: 0, length: size }], layout);
    for await (const chunk of readChunks(handle, chunks, signal)) {
      if (sha256 !== undefined) digest.update(chunk.bytes);
      yield chunk;
    }
    if (sha256 !== undefined && digest.digest("hex") !== sha256) throw changed(path);
  } finally {
    await handle.close();
  }
}

function changed(path: string): StylusError {
  return new StylusError("convert.failed", {
    what: `${path} is not what was made: its SHA-256 differs.`,
    why: "It was changed since, or the build host's disk or memory gave back other bytes.",
    next: `Check the build host's disk and its log (\`dmesg\`). ${tryAgain}`,
  });
}
