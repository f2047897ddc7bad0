import { canonicalJson } from "../../base/json";
import type { BuildHost } from "../../hosts/host";
import type { BuildHostSpec } from "../../schema/image";
import type { ParsedSpec } from "../../schema/parse";
import type { TargetSpec } from "../../schema/targets/target";
import type { RecordStore } from "../../targets/record-store";
import type { Target } from "../../targets/target";
import type { Data } from "../handlers";

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
  const { openTarget } =
    require("../../targets/open-target") as typeof import("../../targets/open-target");
  return openTarget(spec, options);
}

/** The local cache's own record of an image. */
export function cacheRecords({ cacheDirectory }: TargetOptions): RecordStore {
  const { directoryRecords } =
    require("../../targets/directory/records") as typeof import("../../targets/directory/records");
  return directoryRecords(cacheDirectory, "the local cache");
}

/** What a resource of images works with. */
export interface ImageResourceOptions extends TargetOptions {
  readonly openHost: (spec: BuildHostSpec, rootDirectory: string) => BuildHost;
  /** What a user may say of it; unless given, of a `StylusImage`. */
  readonly parse?: (inputs: Data) => ParsedSpec;
}
