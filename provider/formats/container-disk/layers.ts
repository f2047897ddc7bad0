import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { throwIfCancelled } from "../../base/cancellation";
import { MiB } from "../../base/size";
import { tarEnd, tarHeader, tarPadding } from "../../base/tar";
import { writeWhole } from "../../system/files/append";
import { startGzipCheck } from "../stream/check";
import { gzipParts } from "../stream/gzip";
import { type Piece, diskPieces } from "../stream/pieces";
import { writeAndReadBack } from "../read-back";
import { type SourceFile, copyChunks } from "../source-chunks";
import { type LayerParts, layerTypes } from "./oci-archive";

export interface LayerOptions {
  readonly signal: AbortSignal;
  /** A share from 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** User and group of QEMU in KubeVirt. It needs read access only. */
const owner = { uid: 107, gid: 107 };

/** The tar headers in front of the disk. */
export function layerHead(extension: string, size: number): Buffer {
  const file = `disk/disk.${extension}`;
  return Buffer.concat([
    tarHeader({ ...owner, name: "disk/", size: 0, mode: 0o555, type: "5" }),
    tarHeader({ ...owner, name: file, size, mode: 0o440 }),
  ]);
}

function layerEnd(size: number): Buffer {
  return Buffer.concat([tarPadding(size), tarEnd]);
}

/**
 * A layer for a disk format that has its own compression: the layer is not compressed. It is read
 * back while it is written.
 */
export function plainLayer(
  disk: SourceFile,
  extension: string,
  { signal, onProgress }: LayerOptions,
): LayerParts {
  async function* write(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
    const head = layerHead(extension, disk.size);
    await writeAndReadBack(file, head, offset);
    yield head;
    const from = offset + head.length;
    for await (const { start, bytes } of copyChunks(disk, file, { offset: from, signal })) {
      yield bytes;
      onProgress((start + bytes.length) / disk.size);
    }
    const end = layerEnd(disk.size);
    await writeAndReadBack(file, end, from + disk.size);
    yield end;
  }
  return { mediaType: layerTypes.plain, write, unpacked: undefined };
}

const zeros = Buffer.alloc(4 * MiB);

/**
 * A compressed layer for a raw disk. Compressing holes costs nothing, but the image's config needs
 * the SHA-256 of the uncompressed layer, which takes 85 s for 100 GiB whatever they contain.
 */
export function gzipLayer(
  disk: string,
  size: number,
  { signal, onProgress }: LayerOptions,
): LayerParts {
  const unpacked = createHash("sha256");
  let done = 0;
  async function* pieces(): AsyncGenerator<Piece> {
    const options = { signal, onProgress: () => undefined };
    yield add({ kind: "data", bytes: layerHead("img", size) });
    for await (const piece of diskPieces(disk, options)) {
      if (piece.kind === "zeros") await addZeros(piece.length);
      yield piece.kind === "zeros" ? piece : add(piece);
    }
    yield add({ kind: "data", bytes: layerEnd(size) });
  }
  function add(piece: Piece & { kind: "data" }): Piece {
    take(piece.bytes);
    return piece;
  }
  async function addZeros(length: number): Promise<void> {
    for (let left = length; left > 0; left -= zeros.length) {
      take(zeros.subarray(0, left));
      // Hashing zeros never waits for I/O. Yield to the event loop, so that an abort can arrive.
      await new Promise((resolve) => setImmediate(resolve));
      throwIfCancelled(signal);
    }
  }
  function take(bytes: Buffer): void {
    unpacked.update(bytes);
    done += bytes.length;
    onProgress(Math.min(1, done / size));
  }
  async function* write(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
    const check = startGzipCheck(signal);
    let end = offset;
    try {
      for await (const part of gzipParts(pieces(), check.add)) {
        await writeWhole(file, part, end);
        end += part.length;
        yield part;
      }
      await check.finish();
    } finally {
      await check.abandon();
    }
  }
  return { mediaType: layerTypes.gzip, write, unpacked };
}
