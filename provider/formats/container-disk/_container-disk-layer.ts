import type { FileHandle } from "node:fs/promises";
import type { LayerParts } from "./_oci-archive";
import { layerTypes } from "./oci-archive";
import { writeAndReadBack } from "../read-back";
import { copyChunks, type SourceFile } from "../source-chunks";
import { tarEnd, tarHeader, tarPadding } from "../../base/tar";

export interface LayerOptions {
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** The user that QEMU runs as in KubeVirt, who only reads. */
const owner = { uid: 107, gid: 107 };

/** What stands before the disk in a layer's tar. */
export function layerHead(extension: string, size: number): Buffer {
  const file = `disk/disk.${extension}`;
  return Buffer.concat([
    tarHeader({ ...owner, name: "disk/", size: 0, mode: 0o555, type: "5" }),
    tarHeader({ ...owner, name: file, size, mode: 0o440 }),
  ]);
}

export function layerEnd(size: number): Buffer {
  return Buffer.concat([tarPadding(size), tarEnd]);
}

/** A disk that is compressed in itself: its layer is not. It is read back on the way. */
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
