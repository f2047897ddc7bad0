import { canonicalTargetId, targetId } from "../../schema/targets/identity";
import type { Publication } from "../../schema/state";
import type { TargetSpec } from "../../schema/targets/target";
import type { Data } from "../handlers";
import type { ImageOutputs } from "./outputs";

/** The outputs with the former targets that are not released yet, and the artifacts there. */
export function withFormer(outputs: Data, old: ImageOutputs, waiting: readonly TargetSpec[]): Data {
  if (waiting.length === 0) return outputs;
  const formerArtifacts = formerArtifactsAt(old, waiting);
  return { ...outputs, formerTargets: waiting, formerArtifacts };
}

/** The artifacts that the resource has published at these targets. */
export function formerArtifactsAt(
  { artifacts, formerArtifacts }: ImageOutputs,
  targets: readonly TargetSpec[],
): Publication[] {
  const ids = targets.map(targetId);
  const there = [...artifacts, ...formerArtifacts].filter(({ target }) =>
    ids.includes(canonicalTargetId(target)),
  );
  return [...new Map(there.map((artifact) => [artifact.uri, artifact])).values()];
}
