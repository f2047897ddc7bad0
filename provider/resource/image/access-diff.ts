import { canonicalJson } from "../../base/json";
import type { TargetSpec } from "../../schema/targets/target";

/** Why the outputs have to be updated although the targets are the same: credentials, region, `publicUrl`, `deploy`. */
export function accessReasons(now: readonly TargetSpec[], old: readonly TargetSpec[]): string[] {
  if (isSame(now, old)) return [];
  if (isSame(without("publicUrl", now), without("publicUrl", old))) {
    return ["The URLs of the artifacts changed (`publicUrl`); nothing is published again."];
  }
  if (isSame(without("deploy", now), without("deploy", old))) {
    return ["The template options changed (`deploy`); nothing is published again."];
  }
  return ["How a target is accessed changed."];
}

function without(field: string, targets: readonly TargetSpec[]): TargetSpec[] {
  return targets.map((target) => (field in target ? { ...target, [field]: undefined } : target));
}

function isSame(one: readonly TargetSpec[], other: readonly TargetSpec[]): boolean {
  const texts = (targets: readonly TargetSpec[]): string[] => targets.map(canonicalJson).sort();
  return canonicalJson(texts(one)) === canonicalJson(texts(other));
}
