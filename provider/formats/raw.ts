import { hashFile } from "../system/hash-file";
import type { ConvertContext, Converted } from "./format";

/** The base disk as it is. Its hash costs a minute for 100 GiB of holes, so it is taken only where a target needs it. */
export async function convertToRaw(disk: string, context: ConvertContext): Promise<Converted> {
  if (!context.remote) return { path: disk, sha256: undefined };
  const sha256 = await hashFile(disk, {
    signal: context.signal,
    onProgress: (done, total) => context.onProgress((100 * done) / Math.max(total, 1)),
  });
  return { path: disk, sha256 };
}
