import { open } from "node:fs/promises";
import { MiB } from "../spec/size";
import { blockChunks, dataExtents } from "../system/extents";
import { readChunks } from "../system/extents-read";

const block = 64 * 1024;
const zeros = Buffer.alloc(block);

/** Bytes of the 64 KiB blocks (a VMDK's grain) that are not all zero; the same whichever zeros are holes. */
export async function populatedBytes(disk: string, signal: AbortSignal): Promise<number> {
  const handle = await open(disk, "r");
  try {
    const { size: fileSize } = await handle.stat();
    const layout = { blockSize: block, chunkSize: 4 * MiB, fileSize };
    const chunks = blockChunks(await dataExtents(disk, signal), layout);
    let populated = 0;
    for await (const { bytes } of readChunks(handle, chunks, signal)) {
      for (let at = 0; at < bytes.length; at += block) {
        const piece = bytes.subarray(at, at + block);
        if (!piece.equals(zeros.subarray(0, piece.length))) populated += piece.length;
      }
    }
    return populated;
  } finally {
    await handle.close();
  }
}
