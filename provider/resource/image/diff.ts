import { isPublicationOf } from "../../plan/keys";
import { destinationsOf } from "../../plan/make-plan";
import type { ImageSpec } from "../../schema/image";
import type { ImageState, Destination } from "../../schema/state";
import type { DiffResult } from "../handlers";
import type { Resolved } from "./resolved";

const unchanged: DiffResult = { changes: false, replaces: [], reasons: [] };

/** What a change of the inputs, or of what is there, calls for; pure. */
export function diffImage(spec: ImageSpec, resolved: Resolved, old: ImageState): DiffResult {
  const replacement = replaceReason(spec, resolved, old);
  if (replacement !== undefined) {
    return { changes: true, replaces: [replacement.property], reasons: [replacement.reason] };
  }
  const reasons = [...placeReasons(spec, old), ...lostReasons(old)];
  return reasons.length === 0 ? unchanged : { changes: true, replaces: [], reasons };
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
    // Nothing pins the installer: what the server says of it now is compared with what it said then.
    if (installer.validator !== old.installerValidator) {
      return {
        property: "installer",
        reason: `The installer behind the URL changed (${old.installerValidator ?? "pinned before"} then, ${installer.validator ?? "nothing"} now).`,
      };
    }
    return resolved.requestKey === old.requestKey
      ? undefined
      : otherThanInstaller(spec, resolved, old);
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
  return otherThanInstaller(spec, resolved, old);
}

/** Everything else in the install key; the engine shows which input it was. */
function otherThanInstaller(spec: ImageSpec, resolved: Resolved, old: ImageState): Replacement {
  if (spec.machine.firmware !== old.firmware || spec.machine.diskSize !== old.virtualSizeBytes) {
    return { property: "machine", reason: "The machine that the image is made for changed." };
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

function placeReasons(spec: ImageSpec, old: ImageState): string[] {
  const wanted = destinationsOf(spec);
  const added = wanted.filter((place) => !isMade(spec, old, place));
  const known = (place: Destination): boolean =>
    wanted.some((it) => it.format === place.format && it.target === place.target);
  const dropped = old.artifacts.filter((artifact) => !known(artifact));
  const reasons = [
    ...added.map(({ format, target }) => `${format} is to be published at ${target}.`),
    ...dropped.map(({ format, target }) => `${format} is no longer wanted at ${target}.`),
  ];
  if (reasons.length > 0 || isInOrder(wanted, old.artifacts)) return reasons;
  // The first artifact of a format is the one that a program gets which names no target.
  return ["The formats or targets are named in another order."];
}

function isInOrder(wanted: readonly Destination[], artifacts: readonly Destination[]): boolean {
  return wanted.every(({ format, target }, index) => {
    const there = artifacts[index];
    return there?.format === format && there.target === target;
  });
}

function isMade(spec: ImageSpec, old: ImageState, place: Destination): boolean {
  const format = spec.formats.find(({ type }) => type === place.format);
  return old.artifacts.some(
    (artifact) =>
      artifact.format === place.format &&
      artifact.target === place.target &&
      format !== undefined &&
      isPublicationOf(artifact, old, format),
  );
}

function lostReasons(old: ImageState): string[] {
  return old.missing.map(({ format, target }) => `${format} is missing or altered at ${target}.`);
}
