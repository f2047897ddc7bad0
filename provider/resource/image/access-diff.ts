import { canonicalJson } from "../../base/json";
import { MiB } from "../../base/size";
import { factsOf } from "../../plan/formats";
import type { ImageSpec } from "../../schema/image";
import { targetId } from "../../schema/targets/identity";
import { accepts, type TargetSpec } from "../../schema/targets/target";
import { changedInputs, describeChange } from "./input-changes";

type Spec = Pick<ImageSpec, "formats" | "machine" | "publishTo">;

/** Why the outputs have to be updated although the targets are the same: credentials, region, `publicUrl`, `deploy`. */
export function accessReasons(spec: Spec, old: readonly TargetSpec[]): string[] {
  const now = spec.publishTo.map((target) => withDefaults(target, spec));
  const former = old.map((target) => withDefaults(target, spec));
  if (isSame(now, former)) return [];
  // Targets that a failed update did not release have no counterpart in the inputs.
  const same = now.map(
    (target) => former.find((it) => targetId(it) === targetId(target)) ?? target,
  );
  const changes = changedInputs({ publishTo: same }, { publishTo: now });
  const named = changes.length === 0 ? "" : ` (${changes.map(describeChange).join("; ")})`;
  if (isSame(without("publicUrl", now), without("publicUrl", former))) {
    return [`The URLs of the artifacts changed${named}; nothing is published again.`];
  }
  if (isSame(without("deploy", now), without("deploy", former))) {
    return [`The template options changed${named}; nothing is published again.`];
  }
  return [`How a target is accessed changed${named}.`];
}

/** The target with the defaults that the schema cannot fill in, because they depend on other values. */
function withDefaults(given: TargetSpec, spec: Spec): TargetSpec {
  // Which formats are where is compared by destination.
  const target = { ...given, formats: undefined };
  switch (target.type) {
    case "directory":
      // The same folder may be written in several ways.
      return { ...target, path: targetId(target) };
    case "s3": {
      const { bucket, endpoint, partSize = 32 * MiB } = target;
      // A bucket name with a dot cannot be part of a host name with a certificate.
      const { pathStyle = endpoint !== undefined || bucket.includes(".") } = target;
      return { ...target, tags: filled(target.tags), pathStyle, partSize };
    }
    case "http":
      return {
        ...target,
        headers: filled(target.headers),
        publicUrl: target.publicUrl ?? target.url,
      };
    case "oci":
      return {
        ...target,
        mediaType: isDefaultMediaType(target, spec) ? undefined : target.mediaType,
      };
    case "vsphere":
      return { ...target, folder: target.folder === "" ? undefined : target.folder };
    case "cdi":
      return { ...target, size: target.size ?? spec.machine.diskSize };
  }
}

/** No tags and no headers mean the same as an empty record of them. */
function filled<T extends object>(record: T | undefined): T | undefined {
  return Object.keys(record ?? {}).length === 0 ? undefined : record;
}

/** By default each artifact has the media type of its format. */
function isDefaultMediaType(
  target: Extract<TargetSpec, { type: "oci" }>,
  { formats }: Spec,
): boolean {
  return formats
    .filter(({ type }) => type !== "containerdisk" && accepts(target, type))
    .every((format) => factsOf(format).mediaType === target.mediaType);
}

function without(field: string, targets: readonly TargetSpec[]): TargetSpec[] {
  return targets.map((target) => (field in target ? { ...target, [field]: undefined } : target));
}

function isSame(one: readonly TargetSpec[], other: readonly TargetSpec[]): boolean {
  const texts = (targets: readonly TargetSpec[]): string[] => targets.map(canonicalJson).sort();
  return canonicalJson(texts(one)) === canonicalJson(texts(other));
}
