import type { PublishedFile } from "../schema/state";
import type { ProgressOptions } from "../system/files/progress-options";
import type { LocalFile } from "./local-artifact";

/** Capability: files other than artifacts, such as a build report, beside the artifacts. */
export interface FileStore {
  publish(file: LocalFile, options: ProgressOptions): Promise<PublishedFile>;
  remove(file: PublishedFile, signal: AbortSignal): Promise<void>;
}
