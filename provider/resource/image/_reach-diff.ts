import { canonicalJson } from "../../base/json";
import type { TargetSpec } from "../../schema/targets/target";

/** Why targets that are the same places are reached otherwise now, or what is made of them; pure. */
export function reachReasons(now: readonly TargetSpec[], old: readonly TargetSpec[]): string[] {
  return sameTargets(now, old) ? [] : [reachReason(now, old)];
}

/** Of targets whose specs differ, and nothing else does. */
function reachReason(one: readonly TargetSpec[], other: readonly TargetSpec[]): string {
  const without = (targets: readonly TargetSpec[], field: string): TargetSpec[] =>
    targets.map((target) => (field in target ? { ...target, [field]: undefined } : target));
  const isAll = (field: string): boolean => sameTargets(without(one, field), without(other, field));
  if (isAll("publicUrl")) {
    return "The addresses that readers get changed (`publicUrl`); nothing is published anew.";
  }
  if (isAll("deploy")) {
    return "What is deployed from the library changed (`deploy`); nothing is published anew.";
  }
  return "How a target is reached changed.";
}

function sameTargets(one: readonly TargetSpec[], other: readonly TargetSpec[]): boolean {
  const texts = (targets: readonly TargetSpec[]): string[] => targets.map(canonicalJson).sort();
  return canonicalJson(texts(one)) === canonicalJson(texts(other));
}
