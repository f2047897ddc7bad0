import { once } from "node:events";
import { open } from "node:fs/promises";
import { cancelled, throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { startChild } from "../../system/process/child";
import { toolError } from "../../system/process/run";
import { tryAgain } from "../write-error";
import { GzipSum, type Segment, deflatedZeros, gzipHeader } from "./gzip";
import { pieceSize } from "./pieces";
import { zeroFrame } from "./zstd";
import { zstdFrames, zstdPieces } from "./zstd-read";

/** A program that reads on standard input, and says by its exit code what it thinks of it. */
interface Reader {
  /** Settles when the program has room for more, or is gone. */
  readonly send: (bytes: Buffer) => Promise<void>;
  /** Fails unless the program accepts all that was sent. */
  readonly finish: () => Promise<void>;
  /** Ends it without an answer; after `finish`, does nothing. */
  readonly abandon: () => Promise<void>;
}

function startReader(tool: string, args: readonly string[], signal: AbortSignal): Reader {
  const child = startChild(tool, args, { signal, input: "pipe" });
  const { stdin, ended } = child;
  return {
    send: async (bytes) => {
      if (stdin?.write(bytes) !== false) return;
      const gone = new AbortController();
      const drained = once(stdin, "drain", { signal: gone.signal }).catch(() => undefined);
      // A program that is gone takes nothing any more; `finish` says why.
      await Promise.race([drained, ended]);
      gone.abort();
    },
    finish: async () => {
      stdin?.end();
      const end = await ended;
      if (signal.aborted) throw cancelled(signal);
      if (end.exitCode === 0) return;
      throw toolError(tool, end, { code: "convert.failed", next: tryAgain });
    },
    abandon: async () => {
      child.stop();
      await ended;
    },
  };
}

/**
 * The `gzip` program reads what is written, while it is written: all data, and the segment of zeros
 * once. Zeros take it 4.6 s for each GiB, so `gzip -t` of a disk of 100 GiB that is nearly empty
 * would need more than seven minutes to see the same segment 51,200 times.
 */
export function startGzipCheck(signal: AbortSignal) {
  const reader = startReader("gzip", ["-tq"], signal);
  const sum = new GzipSum();
  const add = async (segment: Segment): Promise<void> => {
    sum.add(segment);
    await reader.send(segment.packed);
  };
  const begun = reader.send(gzipHeader).then(() => add(deflatedZeros(pieceSize)));
  return {
    add: async (segment: Segment): Promise<void> => {
      await begun;
      await add(segment);
    },
    finish: async (): Promise<void> => {
      await begun;
      await reader.send(sum.trailer());
      await reader.finish();
    },
    abandon: reader.abandon,
  };
}

/**
 * The `zstd` program reads every frame of data of the file, and a frame of zeros once for each
 * length; the frames must add up to the disk. (`zstd -t` of the whole file takes 4 s for 100 GiB of
 * zeros, yet more than a minute for 2 TiB.) The program is no part of a Debian base system: where it
 * is missing, Node reads the file, which finds what went wrong on the way to it.
 */
export async function checkZstd(path: string, size: number, signal: AbortSignal): Promise<void> {
  const reader = startReader("zstd", ["-tq"], signal);
  try {
    const found = await sendFrames(path, reader, signal);
    await reader.finish();
    if (found === size) return;
    throw new StylusError("convert.failed", {
      what: `${path} was written, but holds ${found} bytes of a disk of ${size}.`,
      next: tryAgain,
    });
  } catch (thrown) {
    if (!(thrown instanceof StylusError) || thrown.code !== "host.tool-missing") throw thrown;
    await decodeAll(path, signal);
  } finally {
    await reader.abandon();
  }
}

async function sendFrames(path: string, reader: Reader, signal: AbortSignal): Promise<number> {
  const file = await open(path, "r");
  try {
    const zeros = new Set<number>();
    let found = 0;
    for await (const { content, bytes } of zstdFrames(file)) {
      throwIfCancelled(signal);
      found += content;
      if (bytes === undefined && zeros.has(content)) continue;
      if (bytes === undefined) zeros.add(content);
      await reader.send(bytes ?? zeroFrame(content));
    }
    return found;
  } finally {
    await file.close();
  }
}

async function decodeAll(path: string, signal: AbortSignal): Promise<void> {
  const file = await open(path, "r");
  const pieces = zstdPieces(file);
  try {
    while ((await pieces.next()).done !== true) throwIfCancelled(signal);
  } finally {
    await pieces.return(undefined);
    await file.close();
  }
}
