import { isPublicationOf } from "../../plan/keys";
import { destinationsOf } from "../../plan/make-plan";
import { targetId } from "../../schema/targets/identity";
import type { ImageSpec } from "../../schema/image";
import type { ImageState, Destination } from "../../schema/state";
import { parseImageSpec } from "../../schema/parse";
import type { TargetSpec } from "../../schema/targets/target";
import type { Data, DiffResult, PropertyChange } from "../handlers";
import { accessReasons } from "./access-diff";
import type { ImageResourceOptions } from "./options";
import { readOutputs, type ImageOutputs } from "./outputs";
import { withBundleHashes } from "./resolve";
import { changeSentence, readChanges, type InputChange } from "./input-changes";
import { replaceReason } from "./replace-reason";
import { readResolved, type Resolved } from "./resolved";
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
  const resolved = readResolved(newInputs);
  if (parsed.state !== "valid" || resolved === undefined) {
    return updated(["Some inputs are not known before `up`."]);
  }
  const { named, properties } = readChanges(newInputs);
  const difference = diffImage(withBundleHashes(parsed.spec, resolved), resolved, old, named);
  if (difference.changes) {
    // In a refresh, the inputs are those of the last update, with its changes.
    const isRefreshed = difference.reasons.length === missingReasons(old).length;
    const changed = isRefreshed ? [] : properties;
    return withProperties(difference, [...changed, ...missingOf(old)]);
  }
  const { publishTo, keepPrevious } = parsed.spec;
  // These build nothing, but must reach the outputs: refresh and destroy read profile, region and credentials there.
  const current = old.publishTo.filter((target) => !old.formerTargets.includes(target));
  const reasons = [...accessReasons(parsed.spec, current), ...formerReasons(old, publishTo)];
  if (keepPrevious !== old.keepPrevious) {
    reasons.push(`\`keepPrevious\` changed (${old.keepPrevious} then, ${keepPrevious} now).`);
  }
  return withProperties(updated(reasons), [...properties, ...formerOf(old)]);
}

/** The changes that a preview shows: inputs, results of `check`, and artifacts that are missing at a target. */
function withProperties(result: DiffResult, more: readonly PropertyChange[]): DiffResult {
  const properties = [...more, ...(result.properties ?? [])];
  return result.changes && properties.length > 0 ? { ...result, properties } : result;
}

function missingOf({ missing }: ImageState): PropertyChange[] {
  return missing.length === 0 ? [] : [{ path: "missing", kind: "delete", of: "outputs" }];
}

function formerOf({ formerTargets }: ImageOutputs): PropertyChange[] {
  return formerTargets.length === 0
    ? []
    : [{ path: "formerTargets", kind: "delete", of: "outputs" }];
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

/**
 * The effect of a changed spec, or of artifacts that are missing; pure. `changes` only names the properties in the reasons,
 * because the outputs do not hold the former inputs.
 */
export function diffImage(
  spec: ImageSpec,
  resolved: Resolved,
  old: ImageState,
  changes: readonly InputChange[] = [],
): DiffResult {
  const replacement = replaceReason(spec, resolved, old, changes);
  if (replacement !== undefined) {
    const { properties, reasons, found } = replacement;
    return { changes: true, replaces: properties, reasons, properties: found };
  }
  const destinations = destinationReasons(spec, old);
  const options = destinations.length === 0 ? [] : optionReasons(changes);
  return updated([
    ...options,
    ...destinations,
    ...missingReasons(old),
    ...verifyReasons(spec, resolved, old),
  ]);
}

/** Options of formats that changed, which explain why an artifact is made again. */
function optionReasons(changes: readonly InputChange[]): string[] {
  return changes.filter(({ path }) => /^formats\[\d+\]\./.test(path)).map(changeSentence);
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
