import { open, type FileHandle } from "node:fs/promises";
import { pMapIterable } from "p-map";
import { blockChunks, dataExtents, type Extent } from "../../system/files/extents";
import { throwIfCancelled } from "../../base/cancellation";
import { appendTo, writeWhole } from "../../system/files/append";
import { chunkSize, chunkWorkers } from "./chunks";
import type { ClusterCompression } from "./compress";
import { clusterSize } from "./layout";
import { packQcow2 } from "./pack";

export interface WriteOptions {
  readonly compression: ClusterCompression;
  readonly signal: AbortSignal;
  readonly onProgress: (percent: number) => void;
}

/**
 * Writes a compressed qcow2 file. Memory grows by 2 bytes per 64 KiB of the file. The header is
 * written last, so an unfinished file is not a valid qcow2.
 */
export async function writeQcow2(
  disk: string,
  output: string,
  options: WriteOptions,
): Promise<void> {
  const extents = await dataExtents(disk, options.signal);
  const from = await open(disk, "r");
  try {
    const to = await open(output, "wx", 0o600);
    try {
      await writeImage(from, to, { ...options, extents });
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function writeImage(
  from: FileHandle,
  to: FileHandle,
  options: WriteOptions & { readonly extents: readonly Extent[] },
): Promise<void> {
  const { compression, signal, extents } = options;
  const { size: fileSize } = await from.stat();
  const file = appendTo(to, clusterSize);
  const virtualSize = Math.ceil(fileSize / 512) * 512;
  const packer = packQcow2({ virtualSize, compression, append: file.append });
  const progress = percentOf(extents, options.onProgress);
  const workers = chunkWorkers(from, compression, signal);
  try {
    const chunks = blockChunks(extents, { blockSize: clusterSize, chunkSize, fileSize });
    const limits = { concurrency: workers.count, backpressure: 2 * workers.count };
    for await (const { length, clusters } of pMapIterable(chunks, workers.pack, limits)) {
      throwIfCancelled(signal);
      for (const cluster of clusters) await packer.add(cluster);
      progress(length);
    }
  } finally {
    // The handles must stay open until running reads end.
    await workers.close();
  }
  const header = await packer.finish();
  await file.flush();
  await writeWhole(to, header, 0);
}

/** Reports each percent once. */
function percentOf(extents: readonly Extent[], onProgress: (percent: number) => void) {
  const total = extents.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  let reported = 0;
  return (length: number) => {
    done += length;
    // Extents are widened to whole clusters, so the sum may exceed the total a little.
    const percent = Math.min(100, Math.floor((100 * done) / total));
    if (percent > reported) onProgress((reported = percent));
  };
}
