import type { PublishedFile } from "../schema/state";
import type { ProgressOptions } from "../system/files/progress-options";
import type { LocalFile } from "./local-artifact";
import type { RemoveResult } from "./remove-result";

/** Capability: files other than artifacts, such as a build report, beside the artifacts. */
export interface FileStore {
  publish(file: LocalFile, options: ProgressOptions): Promise<PublishedFile>;
  remove(file: PublishedFile, signal: AbortSignal): Promise<RemoveResult>;
}
