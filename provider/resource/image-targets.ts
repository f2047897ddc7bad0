import { canonicalJson } from "../plan/canonical-json";
import type { RecordStore, Target } from "../publish/target";
import type { TargetSpec } from "../spec/target-spec";

export interface TargetOptions {
  /** What relative paths resolve against. */
  readonly rootDirectory: string;
  readonly cacheDirectory: string;
}

/**
 * Targets by what describes them. All images of a stack are served by one process, which lives as long as the engine's
 * operation: with a client for each of 200 images it would need gigabytes, and hundreds of connections.
 */
const opened = new Map<string, Target>();

/** The targets that outputs name; their clients are only loaded here. */
export function openAll(specs: readonly TargetSpec[], options: TargetOptions): Target[] {
  return specs.map((spec) => openShared(spec, options));
}

/** One of them. */
export function openShared(spec: TargetSpec, options: TargetOptions): Target {
  const { rootDirectory, cacheDirectory } = options;
  const key = canonicalJson({ spec, rootDirectory, cacheDirectory });
  const target = opened.get(key) ?? open(spec, options);
  opened.set(key, target);
  return target;
}

function open(spec: TargetSpec, options: TargetOptions): Target {
  const { openTarget } = require("../publish/targets") as typeof import("../publish/targets");
  return openTarget(spec, options);
}

/** The local cache's own record of an image. */
export function cacheRecords({ cacheDirectory }: TargetOptions): RecordStore {
  const { directoryRecords } =
    require("../publish/directory-records") as typeof import("../publish/directory-records");
  return directoryRecords(cacheDirectory, "the local cache");
}
