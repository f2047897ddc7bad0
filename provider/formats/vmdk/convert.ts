import { open } from "node:fs/promises";
import { lazy } from "../../base/memo";
import { dataExtents } from "../../system/files/extents";
import { encoderName, openDeflater, type OpenDeflater } from "../deflate/deflate";
import type { ConvertContext, Converted } from "../format";
import { type Batch, batchesOf, packGrains } from "./grains";
import { checkVmdk } from "./check";
import { requireSectors, sectorSize } from "./layout";
import { hashedOutput, writeImage } from "./write";
import { writeError } from "../write-error";

/** Share of the progress that writing takes; the rest is the check. */
const writing = 0.6;

/**
 * Name and level of the compressor of a VMDK's grains on this host, such as `libdeflate level 5
 * (1a2b3c4d)`.
 */
export const vmdkEncoder = lazy(encoderName);

/**
 * Writes a streamOptimized VMDK in one pass; QEMU reads it back. Only allocated extents are read,
 * and only grains that are not all zero are written.
 */
export async function convertToVmdk(
  disk: string,
  context: ConvertContext,
  openEncoder: OpenDeflater = openDeflater,
): Promise<Converted> {
  const { output, signal, onProgress } = context;
  try {
    const { sha256, ...checked } = await writeVmdk(disk, context, openEncoder);
    await checkVmdk({ path: disk, ...checked }, output, {
      signal,
      onProgress: (percent) => onProgress(100 * writing + percent * (1 - writing)),
    });
    return { path: output, sha256 };
  } catch (thrown) {
    throw writeError(thrown, output, signal);
  }
}

function writeVmdk(
  disk: string,
  { output, contentDigest, signal, onProgress }: ConvertContext,
  openEncoder: OpenDeflater,
) {
  return closing(open(disk, "r"), async (source) => {
    const { size } = await source.stat();
    requireSectors(size);
    const extents = await dataExtents(disk, signal);
    const onDone = inPercent(batchesOf(extents, size), (percent) => onProgress(writing * percent));
    return closing(open(output, "wx", 0o600), (target) =>
      closing(openEncoder(), async (deflater) => {
        const packed = packGrains(source, batchesOf(extents, size), { deflater, signal, onDone });
        const out = hashedOutput(target);
        await writeImage({ capacity: size / sectorSize, contentDigest }, packed, out);
        return { sha256: out.digest(), size, extents };
      }),
    );
  });
}

/** Reports each whole percent once. */
function inPercent(batches: Iterable<Batch>, tell: (percent: number) => void) {
  let total = 0;
  for (const { length } of batches) total += length;
  let done = 0;
  let told = 0;
  return ({ length }: Batch): void => {
    done += length;
    const percent = Math.floor((100 * done) / total);
    if (percent > told) tell((told = percent));
  };
}

async function closing<R extends { readonly close: () => unknown }, T>(
  opening: Promise<R>,
  use: (resource: R) => Promise<T>,
): Promise<T> {
  const resource = await opening;
  try {
    return await use(resource);
  } finally {
    await resource.close();
  }
}
