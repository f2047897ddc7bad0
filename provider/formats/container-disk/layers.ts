import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { MiB } from "../../base/size";
import { throwIfCancelled } from "../../base/cancellation";
import { layerEnd, layerHead, type LayerOptions } from "./_container-disk-layer";
import type { LayerParts } from "./_oci-archive";
import { layerTypes } from "./oci-archive";
import { writeWhole } from "../../system/files/append";
import { startGzipCheck } from "../raw/check";
import { gzipParts } from "../raw/gzip";
import { diskPieces, type Piece } from "../raw/pieces";

const zeros = Buffer.alloc(4 * MiB);

/**
 * A raw disk. Compressing holes costs nothing, but an image names the SHA-256 of what the layer
 * unpacks to, and that takes 85 s for 100 GiB whatever is in them.
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
      // Hashing zeros waits for nothing: let the process breathe, and an abort arrive.
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
