import { contentDigest } from "../system/files/content-digest";
import { stampOf, type FileStamp } from "../system/files/stamp";
import type { KeyedBuild } from "./context";

/** A disk's content digest, and its stamp before it was read: another stamp afterwards means that it may have changed. */
export interface DiskDigest {
  readonly contentDigest: string;
  readonly stamp: FileStamp | undefined;
}

/** Computes the content digest of a base disk, with its progress reported. */
export async function diskDigest(
  { report, signal }: Pick<KeyedBuild, "report" | "signal">,
  disk: string,
): Promise<DiskDigest> {
  const what = "content digest";
  const stamp = await stampOf(disk);
  const digest = await contentDigest(disk, {
    signal,
    onProgress: (done, total) =>
      report({ type: "progress", stage: "verify", done, total, unit: "bytes", what }),
  });
  return { contentDigest: digest, stamp };
}
