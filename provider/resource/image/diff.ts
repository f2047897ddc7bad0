import { isPublicationOf } from "../../plan/keys";
import { destinationsOf } from "../../plan/make-plan";
import { targetId } from "../../schema/targets/identity";
import type { ImageSpec } from "../../schema/image";
import type { ImageState, Destination } from "../../schema/state";
import { parseImageSpec } from "../../schema/parse";
import type { TargetSpec } from "../../schema/targets/target";
import type { Data, DiffResult } from "../handlers";
import { accessReasons } from "./access-diff";
import type { ImageResourceOptions } from "./options";
import { readOutputs, type ImageOutputs } from "./outputs";
import { withBundleHashes } from "./resolve";
import { resolvedSchema, type Resolved } from "./resolved";
import { verifyReasons } from "./verify-diff";

const unchanged: DiffResult = { changes: false, replaces: [], reasons: [] };

/** The effect of new inputs, as the engine asks for it. */
export function diffInputs(
  outputs: Data,
  newInputs: Data,
  { parse = parseImageSpec }: Pick<ImageResourceOptions, "parse">,
): DiffResult {
  const old = readOutputs(outputs);
  const parsed = parse(newInputs);
  const resolved = resolvedSchema.safeParse(newInputs["resolved"]).data;
  if (parsed.state !== "valid" || resolved === undefined) {
    return updated(["Some inputs are not known before `up`."]);
  }
  const difference = diffImage(withBundleHashes(parsed.spec, resolved), resolved, old);
  if (difference.changes) return difference;
  const { publishTo, keepPrevious } = parsed.spec;
  // These build nothing, but must reach the outputs: refresh and destroy read profile, region and credentials there.
  const current = old.publishTo.filter((target) => !old.formerTargets.includes(target));
  const reasons = [...accessReasons(publishTo, current), ...formerReasons(old, publishTo)];
  if (keepPrevious !== old.keepPrevious) {
    reasons.push(`\`keepPrevious\` changed (${old.keepPrevious} then, ${keepPrevious} now).`);
  }
  return updated(reasons);
}

/** Without these, the engine would not call `update`, which tries again. */
function formerReasons(
  { formerTargets }: ImageOutputs,
  publishTo: readonly TargetSpec[],
): string[] {
  const named = publishTo.map(targetId);
  return formerTargets
    .map(targetId)
    .filter((target) => !named.includes(target))
    .map(
      (target) =>
        `The image could not be removed from the former target ${target}; \`up\` tries again. If it is gone for good, see \`stylus-image forget --help\`.`,
    );
}

function updated(reasons: readonly string[]): DiffResult {
  return reasons.length === 0 ? unchanged : { changes: true, replaces: [], reasons };
}

/** The effect of a changed spec, or of artifacts that are missing; pure. */
export function diffImage(spec: ImageSpec, resolved: Resolved, old: ImageState): DiffResult {
  const replacement = replaceReason(spec, resolved, old);
  if (replacement !== undefined) {
    return { changes: true, replaces: [replacement.property], reasons: [replacement.reason] };
  }
  return updated([
    ...destinationReasons(spec, old),
    ...missingReasons(old),
    ...verifyReasons(spec, resolved, old),
  ]);
}

interface Replacement {
  readonly property: string;
  readonly reason: string;
}

function replaceReason(
  spec: ImageSpec,
  resolved: Resolved,
  old: ImageState,
): Replacement | undefined {
  const { installer, installKey } = resolved;
  if (installKey === undefined) {
    // The installer is not pinned: the server's validators are compared (ETag, date and length).
    if (installer.validator !== old.installerValidator) {
      return {
        property: "installer",
        reason: `The installer behind the URL changed (${old.installerValidator ?? "pinned before"} then, ${installer.validator ?? "nothing"} now).`,
      };
    }
    return resolved.requestKey === old.requestKey
      ? undefined
      : otherReplacement(spec, resolved, old);
  }
  if (installKey === old.installKey) return undefined;
  if (spec.adopt !== undefined) {
    return { property: "adopt", reason: `Another image is adopted (${spec.adopt.slice(0, 12)}).` };
  }
  if (installer.sha256 !== undefined && installer.sha256 !== old.installerSha256) {
    return {
      property: "installer",
      reason: `The installer changed (SHA-256 ${old.installerSha256?.slice(0, 12) ?? "none"} then, ${installer.sha256.slice(0, 12)} now).`,
    };
  }
  return otherReplacement(spec, resolved, old);
}

/** The reason for a changed install key other than the installer; the engine shows which input changed. */
function otherReplacement(spec: ImageSpec, resolved: Resolved, old: ImageState): Replacement {
  if (spec.machine.firmware !== old.firmware || spec.machine.diskSize !== old.virtualSizeBytes) {
    return { property: "machine", reason: "`firmware` or `diskSize` of the machine changed." };
  }
  if (resolved.recipe !== old.recipe) {
    return {
      property: "recipe",
      reason: `The recipe changed (${old.recipe} then, ${resolved.recipe} now).`,
    };
  }
  return {
    property: "userData",
    reason: "The user-data (`userData`, `palette`, `users`), `machine` or `triggers` changed.",
  };
}

function destinationReasons(spec: ImageSpec, old: ImageState): string[] {
  const wanted = destinationsOf(spec);
  const added = wanted.filter((destination) => !isMade(spec, old, destination));
  const known = (destination: Destination): boolean =>
    wanted.some((it) => it.format === destination.format && it.target === destination.target);
  const dropped = old.artifacts.filter((artifact) => !known(artifact));
  const reasons = [
    ...added.map(({ format, target }) => `${format} will be published at ${target}.`),
    ...dropped.map(({ format, target }) => `${format} is no longer requested at ${target}.`),
  ];
  if (reasons.length > 0 || isInOrder(wanted, old.artifacts)) return reasons;
  // The order matters: `artifact(format)` without a target returns the first one.
  return ["The order of the formats or targets changed."];
}

function isInOrder(wanted: readonly Destination[], artifacts: readonly Destination[]): boolean {
  return wanted.every(({ format, target }, index) => {
    const there = artifacts[index];
    return there?.format === format && there.target === target;
  });
}

function isMade(spec: ImageSpec, old: ImageState, destination: Destination): boolean {
  const format = spec.formats.find(({ type }) => type === destination.format);
  return old.artifacts.some(
    (artifact) =>
      artifact.format === destination.format &&
      artifact.target === destination.target &&
      format !== undefined &&
      isPublicationOf(artifact, old, format),
  );
}

function missingReasons(old: ImageState): string[] {
  return old.missing.map(({ format, target }) => `${format} is missing or altered at ${target}.`);
}
