import { createHash } from "node:crypto";
import { canonicalJson } from "../../base/json";
import { bundlePaths, pinBundles, type BundleHashes } from "../../plan/iso/layout";
import { keysOf } from "../../plan/make-plan";
import { findRecipe, latestRecipe } from "../../plan/recipe";
import { StylusError } from "../../base/errors";
import type { FormatSpec } from "../../schema/formats";
import type { ImageSpec, InstallerSpec } from "../../schema/image";
import { isSiteSeed } from "../../schema/site-seed";
import { identifyInstaller, installerLocation } from "./installer-identity";
import {
  existingUserData,
  formerDocument,
  formerUserData,
  mergedUserData,
  userDataInputs,
  warnOfKeptProblems,
} from "./merged-user-data";
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
