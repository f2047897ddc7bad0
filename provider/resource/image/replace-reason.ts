import type { ImageSpec } from "../../schema/image";
import type { ImageState } from "../../schema/state";
import type { PropertyChange } from "../handlers";
import { changeSentence, describeChange, type InputChange } from "./input-changes";
import type { Resolved } from "./resolved";

interface Replacement {
  /** Names of inputs. */
  readonly properties: readonly string[];
  readonly reasons: readonly string[];
  /** Differences that `check` found, besides the inputs. */
  readonly found: readonly PropertyChange[];
}

/** Why the image is replaced; undefined if it is not. */
export function replaceReason(
  spec: ImageSpec,
  resolved: Resolved,
  old: ImageState,
  changes: readonly InputChange[],
): Replacement | undefined {
  const { installer, installKey } = resolved;
  if (installKey === undefined) {
    // The installer is not pinned: the server's validators are compared (ETag, date and length).
    if (installer.validator !== old.installerValidator) {
      const reason = `The installer behind the URL changed (${old.installerValidator ?? "pinned before"} then, ${installer.validator ?? "nothing"} now).`;
      return otherInstaller(reason, "validator", resolved, changes);
    }
    return resolved.requestKey === old.requestKey
      ? undefined
      : otherReplacement(spec, resolved, old, changes);
  }
  if (installKey === old.installKey) return undefined;
  if (spec.adopt !== undefined) {
    return {
      properties: ["adopt"],
      reasons: [`Another image is adopted (${spec.adopt.slice(0, 12)}).`],
      found: [],
    };
  }
  if (installer.sha256 !== undefined && installer.sha256 !== old.installerSha256) {
    const reason = `The installer changed (SHA-256 ${old.installerSha256?.slice(0, 12) ?? "none"} then, ${installer.sha256.slice(0, 12)} now).`;
    return otherInstaller(reason, "sha256", resolved, changes);
  }
  return otherReplacement(spec, resolved, old, changes);
}

/** The replacement by another installer, and by the inputs that changed with it. */
function otherInstaller(
  reason: string,
  identity: "sha256" | "validator",
  resolved: Resolved,
  changes: readonly InputChange[],
): Replacement {
  const more = namedReplacement(resolved, changes);
  return {
    properties: ["installer", ...(more?.properties ?? []).filter((name) => name !== "installer")],
    reasons: [reason, ...(more?.reasons ?? [])],
    found: [{ path: `resolved.installer.${identity}`, kind: "update" }],
  };
}

/** The reason for a changed install key other than the installer; the engine shows which input changed. */
function otherReplacement(
  spec: ImageSpec,
  resolved: Resolved,
  old: ImageState,
  changes: readonly InputChange[],
): Replacement {
  const named = namedReplacement(resolved, changes);
  if (named !== undefined) return named;
  if (spec.machine.firmware !== old.firmware || spec.machine.diskSize !== old.virtualSizeBytes) {
    return {
      properties: ["machine"],
      reasons: ["`firmware` or `diskSize` of the machine changed."],
      found: [],
    };
  }
  if (resolved.recipe !== old.recipe) {
    return {
      properties: ["recipe"],
      reasons: [`The recipe changed (${old.recipe} then, ${resolved.recipe} now).`],
      found: [{ path: "resolved.recipe", kind: "update" }],
    };
  }
  return {
    properties: ["userData"],
    reasons: ["The user-data (`userData`, `palette`, `users`), `machine` or `triggers` changed."],
    found: [],
  };
}

/** The replacement by the properties that changed; undefined if none of them decides. */
function namedReplacement(
  resolved: Resolved,
  changes: readonly InputChange[],
): Replacement | undefined {
  const userData = changes.filter(({ path }) => /^(?:userData|palette|users)\b/.test(path));
  const others = changes.filter((change) => entersInstallKey(change, resolved));
  if (userData.length + others.length === 0) return undefined;
  const names = [...others, ...userData].map(({ path }) => path.replace(/[.[].*/s, ""));
  return {
    properties: [...new Set(names)],
    reasons: [
      ...others.map(changeSentence),
      ...(userData.length === 0
        ? []
        : [`The user-data (${userData.map(describeChange).join("; ")}) changed.`]),
    ],
    found: [],
  };
}

/** Whether a property other than the user-data is part of the install key, or of the request key. */
function entersInstallKey({ path, then, now }: InputChange, { installKey }: Resolved): boolean {
  // The other kinds of installer read the same user-data.
  if (path === "installer.kind") return then === "generic" || now === "generic";
  if (path === "installer.url") return installKey === undefined;
  return /^(?:triggers|machine\.(?:firmware|secureBoot|network|diskSize))\b/.test(path);
}
