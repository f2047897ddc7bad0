import { artifactFormats } from "../../schema/names";
import { MiB } from "../../base/size";
import { invalidInput } from "../../schema/parse";
import { accepts, type TargetSpec } from "../../schema/targets/target";
import { defaultCacheDirectory } from "../../system/workspace";
import { checkTargets } from "../../targets/check-targets";
import { openTarget } from "../../targets/open-target";
import { s3Policy } from "../../targets/s3/policy";
import { readTargets } from "../input/read-targets";
import type { DoctorOptions } from "./options";

/** Whether a target can be published to from here. */
export interface TargetReport {
  readonly target: string;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** The permissions that publishing, refresh and delete need; buckets only. */
  readonly policy?: object;
}

/** Asks the targets as a build does before it begins; nothing at the targets changes. */
export async function examineTargets(
  options: DoctorOptions,
  signal: AbortSignal,
): Promise<TargetReport[]> {
  const { value: specs, problems } = await readTargets(options);
  if (problems.length > 0) throw invalidInput(problems);
  const context = { rootDirectory: process.cwd(), cacheDirectory: defaultCacheDirectory() };
  const requests = specs.map((spec) => ({
    target: openTarget(spec, context),
    needs: { formats: formatsFor(spec), leastBytes: MiB },
  }));
  const checked = await checkTargets(requests, signal);
  return checked.map(({ target, problems: found, warnings }, index) => {
    const spec = specs[index];
    return {
      target,
      problems: found.map(({ message }) => message),
      warnings,
      ...(spec?.type === "s3" && { policy: s3Policy(spec) }),
    };
  });
}

/** One format that the target accepts, and the one that a template is deployed from. */
function formatsFor(spec: TargetSpec) {
  const accepted = artifactFormats.filter((format) => accepts(spec, format));
  return accepted.includes("ova") ? (["ova"] as const) : accepted.slice(0, 1);
}
