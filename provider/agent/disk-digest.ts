import { contentDigest } from "../system/files/content-digest";
import type { KeyedBuild } from "./context";

/** Content digest of a base disk, with its progress reported. */
export function diskDigest({ report, signal }: KeyedBuild, disk: string): Promise<string> {
  const what = "content digest";
  return contentDigest(disk, {
    signal,
    onProgress: (done, total) =>
      report({ type: "progress", stage: "verify", done, total, unit: "bytes", what }),
  });
}
