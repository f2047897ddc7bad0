import { createHash } from "node:crypto";
import { canonicalJson, type JsonMap } from "../../base/json";
import { bundlePaths, pinBundles, type BundleHashes } from "../../plan/iso/layout";
import { keysOf } from "../../plan/make-plan";
import { findRecipe, latestRecipe } from "../../plan/recipe";
import type { Part } from "../../plan/user-data/part";
import { StylusError } from "../../base/errors";
import type { FormatSpec } from "../../schema/formats";
import type { ImageSpec, InstallerSpec } from "../../schema/image";
import type { InstallerKind } from "../../schema/names";
import { isSiteSeed } from "../../schema/site-seed";
import { invalidInput } from "../../schema/parse";
import { identifyInstaller, installerLocation } from "./installer-identity";
import type { Resolved, ResolveContext, ResolvedImage } from "./resolved";

/** Determines the merged user-data, the recipe, the identity of the installer, and the keys derived from them. */
export async function resolveImage(
  spec: ImageSpec,
  context: ResolveContext,
): Promise<ResolvedImage> {
  const { document, digest, warnings } = mergedUserData(spec);
  const resolved = await resolveKeys(spec, digest, context);
  // Warnings about the user-data do not apply to an adopted image, which has its own.
  return { resolved, userData: document, warnings: spec.adopt === undefined ? warnings : [] };
}

/**
 * The same for `check`, without the user-data. If no input of the user-data changed, the previous digest is reused: it is
 * deliberately slow to compute, and most checks are of unchanged images.
 */
export async function resolveForCheck(
  spec: ImageSpec,
  context: ResolveContext & { readonly previousSpec: ImageSpec | undefined },
): Promise<Omit<ResolvedImage, "userData">> {
  const { previous, previousSpec } = context;
  if (previous === undefined || previousSpec === undefined) return resolveImage(spec, context);
  const { userDataDigest, sameUserDataDigest } = previous;
  if (userDataInputs(spec) === userDataInputs(previousSpec)) {
    // Nothing is built of a resource without changes, so that its user-data need not be merged.
    const isUnchanged = canonicalJson(spec) === canonicalJson(previousSpec);
    if (!isUnchanged) warnOfKeptProblems(spec, previous, context);
    return { resolved: await keysFor(sameUserDataDigest), warnings: [] };
  }
  const { document, digest, warnings } = mergedUserData(spec);
  const isSame =
    canonicalJson(document) === canonicalJson(formerDocument(previousSpec)) &&
    (isDigestOf(digest, previous) || formerUserData(previousSpec, userDataDigest) !== undefined);
  if (!isSame) return { resolved: await resolveKeys(spec, digest, context), warnings };
  // The inputs are written in another way, but their meaning is the same: the image stays.
  return { resolved: await keysFor(digest), warnings };

  async function keysFor(digestNow: string | undefined): Promise<Resolved> {
    const resolved = await resolveKeys(spec, userDataDigest, context);
    const isOther = digestNow !== undefined && digestNow !== userDataDigest;
    return { ...resolved, ...(isOther && { sameUserDataDigest: digestNow }) };
  }
}

function isDigestOf(digest: string, resolved: Resolved): boolean {
  return digest === resolved.userDataDigest || digest === resolved.sameUserDataDigest;
}

/** The inputs of the merged user-data. */
function userDataInputs(spec: ImageSpec): string {
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

async function resolveKeys(
  spec: ImageSpec,
  userDataDigest: string,
  context: ResolveContext,
): Promise<Resolved> {
  const bundles = await bundleHashes(spec.formats, context);
  const resolved = await resolveWithoutBundles(spec, userDataDigest, context);
  return { ...resolved, ...(bundles !== undefined && { bundles }) };
}

async function resolveWithoutBundles(
  spec: ImageSpec,
  userDataDigest: string,
  context: ResolveContext,
): Promise<Resolved> {
  if (isSiteSeed(spec)) {
    const recipe = latestRecipe;
    const installer = {};
    return {
      recipe,
      userDataDigest,
      installer,
      ...keysOf(spec, { recipe, installer, userDataDigest }),
    };
  }
  if (spec.adopt !== undefined || spec.installer === undefined) {
    const { resolveAdopted } = require("./resolve-adopted") as typeof import("./resolve-adopted");
    return resolveAdopted(spec, userDataDigest, context);
  }
  const recipe = chooseRecipe(spec, context.previous);
  const installerSource = hashLocation(spec.installer);
  const isSameSource = context.previous?.installerSource === installerSource;
  const installer = await identifyInstaller(spec.installer, {
    ...context,
    previous: isSameSource ? context.previous.installer : undefined,
  });
  const keys = keysOf(spec, { recipe, installer, userDataDigest });
  return { recipe, userDataDigest, installerSource, installer, ...keys };
}

/** Uses the result of `check`, and computes only the merged user-data, which is never stored. */
export async function completeImage(
  spec: ImageSpec,
  resolved: Resolved,
  context: ResolveContext,
): Promise<ResolvedImage> {
  const existing = existingUserData(spec, resolved);
  if (existing !== undefined) {
    const { document, warnings } = existing;
    return { resolved, userData: document, warnings };
  }
  // The check ran with another version of this package.
  return resolveImage(spec, { ...context, previous: resolved });
}

/**
 * The user-data that was resolved before, although this version may find problems in it; undefined if the spec does not
 * yield it any more.
 */
function existingUserData(spec: ImageSpec, resolved: Resolved): MergedUserData | undefined {
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
function warnOfKeptProblems(
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
function formerDocument(spec: ImageSpec): JsonMap {
  const { document, problems } = generate(spec);
  return problems.length > 0 ? {} : document;
}

/**
 * The user-data of this digest, if an earlier version made it of the spec: it wrote switches that are off, and users of a
 * seed for Kairos only.
 */
function formerUserData(spec: ImageSpec, digest: string): MergedUserData | undefined {
  const { debug, insecureSkipVerify } = spec.palette ?? {};
  const hasSwitchOff = debug === false || insecureSkipVerify === false;
  const isSeedWithUsers = isSiteSeed(spec) && (spec.users ?? []).length > 0;
  if (!hasSwitchOff && !isSeedWithUsers) return undefined;
  const former = withDigest(generate(spec, "write defaults"));
  return former.digest === digest ? former : undefined;
}

interface MergedUserData {
  readonly document: JsonMap;
  readonly digest: string;
  readonly warnings: readonly string[];
}

/** The user-data of a new image, or all its problems. */
function mergedUserData(spec: ImageSpec): MergedUserData {
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

async function bundleHashes(
  formats: readonly FormatSpec[],
  context: ResolveContext,
): Promise<BundleHashes | undefined> {
  if (bundlePaths(formats).length === 0) return undefined;
  const { hashBundles } = require("./bundle-hashes") as typeof import("./bundle-hashes");
  return hashBundles(formats, context);
}

/** Adds the SHA-256 of content bundles to the formats of a spec. */
export function withBundleHashes(
  spec: ImageSpec,
  { bundles }: Pick<Resolved, "bundles">,
): ImageSpec {
  return bundles === undefined ? spec : { ...spec, formats: pinBundles(spec.formats, bundles) };
}

function hashLocation(installer: InstallerSpec): string {
  // Hashed, because `resolved` is plain text in state and the URL may be a secret.
  return createHash("sha256").update(installerLocation(installer)).digest("hex");
}

/** The notice that a newer recipe exists, which may contain a fix; it is not applied to existing images. */
export function recipeNotice(
  spec: Partial<Pick<ImageSpec, "adopt" | "formats">>,
  recipe: string,
  latest: string = latestRecipe,
): string | undefined {
  // Another owner built an adopted image, and a seed has no recipe.
  if (recipe === latest || spec.adopt !== undefined || isSiteSeed(spec)) return undefined;
  return `Recipe ${latest} is available; this image was built with recipe ${recipe}. The next replacement uses it; \`recipe: "latest"\` replaces the image now.`;
}

/** Keeps the recipe of the existing image, so that an update of the package does not replace images. */
function chooseRecipe(spec: ImageSpec, previous: Resolved | undefined): string {
  const recipe = spec.recipe === "latest" ? latestRecipe : (previous?.recipe ?? latestRecipe);
  if (findRecipe(recipe) !== undefined) return recipe;
  throw new StylusError("input.invalid", {
    what: `The image was built with recipe ${recipe}, which this version of pulumi-stylus-image does not support.`,
    next: 'Install the version that built it or a newer one, or replace the image with `recipe: "latest"`.',
  });
}
