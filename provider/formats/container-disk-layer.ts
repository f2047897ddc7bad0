import type { LayerParts } from "./oci-archive";
import { layerTypes } from "./oci-image";
import { sourceChunks, type SourceFile } from "./source-chunks";
import { tarEnd, tarHeader, tarPadding } from "./tar-header";

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

/** A disk that is compressed in itself: its layer is not. */
export function plainLayer(
  disk: SourceFile,
  extension: string,
  { signal, onProgress }: LayerOptions,
): LayerParts {
  async function* parts(): AsyncGenerator<Buffer> {
    yield layerHead(extension, disk.size);
    for await (const { start, bytes } of sourceChunks(disk, signal)) {
      yield bytes;
      onProgress((start + bytes.length) / disk.size);
    }
    yield layerEnd(disk.size);
  }
  return { mediaType: layerTypes.plain, parts: parts(), unpacked: undefined };
}
