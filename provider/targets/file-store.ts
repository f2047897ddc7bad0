import type { PublishedFile } from "../schema/state";
import type { LocalFile, PublishOptions } from "./local-artifact";

/** Capability: files other than artifacts, such as a build report, beside the artifacts. */
export interface FileStore {
  publish(file: LocalFile, options: PublishOptions): Promise<PublishedFile>;
  remove(file: PublishedFile, signal: AbortSignal): Promise<void>;
}
