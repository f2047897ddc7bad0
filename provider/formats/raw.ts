import type { FormatOf } from "../spec/format-spec";
import { hashFile } from "../system/hash-file";
import type { ConvertContext, Converted } from "./format";

/** The base disk as it is. Its hash costs a minute for 100 GiB of holes, so it is taken only where a target needs it. */
export async function convertToRaw(
  disk: string,
  _format: FormatOf<"raw">,
  context: ConvertContext,
): Promise<Converted> {
  if (!context.remote) return { path: disk, sha256: undefined };
  const sha256 = await hashFile(disk, {
    signal: context.signal,
    onProgress: (done, total) => context.onProgress((100 * done) / Math.max(total, 1)),
  });
  return { path: disk, sha256 };
}

type RawCompression = NonNullable<FormatOf<"raw">["compression"]>;

/** What compresses a raw disk. */
export function rawEncoder(compression: RawCompression = "none"): string {
  return compression === "none" ? "none" : "none";
}

/** How a published raw disk is compressed. */
export function rawCompressionOf(mediaType: string): RawCompression {
  return mediaType === "application/zstd" ? "zstd" : "none";
}

/** Gives back the sparse disk that `convertToRaw` compressed. */
export function expandRaw(
  _copy: string,
  _compression: RawCompression,
  _disk: string,
  _signal: AbortSignal,
): Promise<void> {
  throw new Error("not made yet");
}
