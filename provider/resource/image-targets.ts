import type { RecordStore, Target } from "../publish/target";
import type { TargetSpec } from "../spec/image-spec";

export interface TargetOptions {
  /** What relative paths resolve against. */
  readonly rootDirectory: string;
  readonly cacheDirectory: string;
}

/** The targets that outputs name; their clients are only loaded here. */
export function openAll(specs: readonly TargetSpec[], options: TargetOptions): Target[] {
  const { openTarget } = require("../publish/targets") as typeof import("../publish/targets");
  return specs.map((spec) => openTarget(spec, options));
}

/** The local cache's own record of an image. */
export function cacheRecords({ cacheDirectory }: TargetOptions): RecordStore {
  const { directoryRecords } =
    require("../publish/directory-records") as typeof import("../publish/directory-records");
  return directoryRecords(cacheDirectory, "the local cache");
}
