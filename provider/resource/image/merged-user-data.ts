import { canonicalJson, type JsonMap } from "../../base/json";
import type { Part } from "../../plan/user-data/part";
import { invalidInput } from "../../schema/parse";
import type { ImageSpec } from "../../schema/image";
import type { InstallerKind } from "../../schema/names";
import { isSiteSeed } from "../../schema/site-seed";
import type { Resolved, ResolveContext } from "./resolved";

/** The inputs of the merged user-data. */
export function userDataInputs(spec: ImageSpec): string {
  const { palette, users, userData, singleHost } = spec;
  const kind = userDataReader(spec);
  const diskSize = diskSizeOf(spec);
  return canonicalJson({ palette, users, userData, kind, singleHost, diskSize });
}

/** The disk for the partitions of `install`; a site has one already. */
function diskSizeOf(spec: ImageSpec): number | undefined {
  return isSiteSeed(spec) ? undefined : spec.machine.diskSize;
}

/** The program that reads the user-data. */
function userDataReader(spec: ImageSpec): InstallerKind | "auto" | "site" {
  return isSiteSeed(spec) ? "site" : (spec.installer?.kind ?? "auto");
}

/**
 * The user-data that was resolved before, although this version may find problems in it; undefined if the spec does not
 * yield it any more.
 */
export function existingUserData(spec: ImageSpec, resolved: Resolved): MergedUserData | undefined {
  const merged = withDigest(generate(spec));
  const { userDataDigest, sameUserDataDigest } = resolved;
  if (merged.digest === userDataDigest) return merged;
  const former = formerUserData(spec, userDataDigest);
  // A seed that is published again must have the bytes that its key stands for.
  if (former !== undefined) return isSiteSeed(spec) ? former : merged;
  return merged.digest === sameUserDataDigest ? merged : undefined;
}

/**
 * An earlier version may have accepted user-data that this one refuses: an existing image or seed keeps it, with a warning.
 * The problems are errors if this version would write other user-data, because then there is no image of it yet.
 */
export function warnOfKeptProblems(
  spec: ImageSpec,
  previous: Resolved,
  { warn }: Pick<ResolveContext, "warn">,
): void {
  // An adopted image has its own user-data.
  if (spec.adopt !== undefined) return;
  const { problems } = generate(spec);
  if (problems.length === 0) return;
  if (existingUserData(spec, previous) === undefined) throw invalidInput(problems);
  const what = isSiteSeed(spec) ? "seed" : "image";
  const list = problems.map(({ path, reason }) => `${path}: ${reason}`).join("; ");
  warn(
    `The user-data of this ${what} has problems, so the machine does not do all that is written. An earlier version accepted it, and the existing ${what} keeps it; a new one is refused. Correct it, which replaces the ${what}: ${list}.`,
  );
}

/** The user-data of the old inputs. This version may refuse what an earlier one accepted; then it counts as empty. */
export function formerDocument(spec: ImageSpec): JsonMap {
  const { document, problems } = generate(spec);
  return problems.length > 0 ? {} : document;
}

/**
 * The user-data of this digest, if an earlier version made it of the spec: it wrote switches that are off, and users of a
 * seed for Kairos only.
 */
export function formerUserData(spec: ImageSpec, digest: string): MergedUserData | undefined {
  const { debug, insecureSkipVerify } = spec.palette ?? {};
  const hasSwitchOff = debug === false || insecureSkipVerify === false;
  const isSeedWithUsers = isSiteSeed(spec) && (spec.users ?? []).length > 0;
  if (!hasSwitchOff && !isSeedWithUsers) return undefined;
  const former = withDigest(generate(spec, "write defaults"));
  return former.digest === digest ? former : undefined;
}

/** The document and its identity. */
interface MergedUserData {
  readonly document: JsonMap;
  readonly digest: string;
  readonly warnings: readonly string[];
}

/** The user-data of a new image, or all its problems. */
export function mergedUserData(spec: ImageSpec): MergedUserData {
  const part = generate(spec);
  if (part.problems.length > 0) throw invalidInput(part.problems);
  return withDigest(part);
}

function withDigest({ document, warnings }: Part): MergedUserData {
  const { userDataDigest } =
    require("../../plan/user-data/generate") as typeof import("../../plan/user-data/generate");
  return { document, digest: userDataDigest(document), warnings };
}

function generate(spec: ImageSpec, defaults?: "write defaults"): Part {
  // Loaded here, because not every check needs password hashing and YAML.
  const { generateUserData } =
    require("../../plan/user-data/generate") as typeof import("../../plan/user-data/generate");
  const { palette, users, userData, singleHost } = spec;
  return generateUserData({
    palette,
    users,
    userData,
    reader: userDataReader(spec),
    singleHost,
    diskSize: diskSizeOf(spec),
    defaults,
  });
}
