import { createHash } from "node:crypto";
import { canonicalJson, type JsonMap } from "../../base/json";
import { bundlePaths, pinBundles, type BundleHashes } from "../../plan/iso/layout";
import { keysOf } from "../../plan/make-plan";
import { findRecipe, latestRecipe } from "../../plan/recipe";
import { StylusError } from "../../base/errors";
import type { FormatSpec } from "../../schema/formats";
import type { ImageSpec, InstallerSpec } from "../../schema/image";
import type { InstallerKind } from "../../schema/names";
import { isSiteSeed } from "../../schema/site-seed";
import { invalidInput } from "../../schema/parse";
import { identifyInstaller, installerLocation } from "./installer-identity";
import type { Resolved, ResolveContext, ResolvedImage } from "./resolved";

/** Merged user-data, recipe, identity of the installer and the keys that follow from them. */
export async function resolveImage(
  spec: ImageSpec,
  context: ResolveContext,
): Promise<ResolvedImage> {
  const { document, digest, warnings } = mergedUserData(spec);
  const resolved = await resolveKeys(spec, digest, context);
  // What the user-data would bring in is not in an image that is adopted.
  return { resolved, userData: document, warnings: spec.adopt === undefined ? warnings : [] };
}

/**
 * The same for `check`, which needs no user-data: where nothing that decides them changed, their digest is taken from
 * before. It is slow to compute, on purpose, and most checks are of images that do not change.
 */
export async function resolveForCheck(
  spec: ImageSpec,
  context: ResolveContext & { readonly previousSpec: ImageSpec | undefined },
): Promise<Omit<ResolvedImage, "userData">> {
  const { previous, previousSpec } = context;
  if (
    previous === undefined ||
    previousSpec === undefined ||
    userDataSource(spec) !== userDataSource(previousSpec)
  ) {
    return resolveImage(spec, context);
  }
  return { resolved: await resolveKeys(spec, previous.userDataDigest, context), warnings: [] };
}

/** Everything that the merged user-data is computed from. */
function userDataSource(spec: ImageSpec): string {
  const { palette, users, userData, singleHost } = spec;
  return canonicalJson({ palette, users, userData, kind: readerOf(spec), singleHost });
}

/** What reads the user-data. */
function readerOf(spec: ImageSpec): InstallerKind | "auto" | "site" {
  return isSiteSeed(spec) ? "site" : (spec.installer?.kind ?? "auto");
}

async function resolveKeys(
  spec: ImageSpec,
  userDataDigest: string,
  context: ResolveContext,
): Promise<Resolved> {
  const bundles = await bundleHashes(spec.formats, context);
  const found = await resolveOwnKeys(spec, userDataDigest, context);
  return { ...found, ...(bundles !== undefined && { bundles }) };
}

async function resolveOwnKeys(
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
  const installerSource = sourceOf(spec.installer);
  const isSame = context.previous?.installerSource === installerSource;
  const installer = await identifyInstaller(spec.installer, {
    ...context,
    previous: isSame ? context.previous.installer : undefined,
  });
  const keys = keysOf(spec, { recipe, installer, userDataDigest });
  return { recipe, userDataDigest, installerSource, installer, ...keys };
}

/** The same for a call that `check` has prepared: what it found out is taken, only the user-data is merged again. */
export async function completeImage(
  spec: ImageSpec,
  resolved: Resolved,
  context: ResolveContext,
): Promise<ResolvedImage> {
  const { document, digest, warnings } = mergedUserData(spec);
  if (digest === resolved.userDataDigest) return { resolved, userData: document, warnings };
  // Another version of this package did the check.
  return resolveImage(spec, { ...context, previous: resolved });
}

function mergedUserData(spec: ImageSpec): {
  document: JsonMap;
  digest: string;
  warnings: readonly string[];
} {
  // Hashing and yaml are only loaded where there is something to hash or to parse.
  const { generateUserData, userDataDigest } =
    require("../../plan/user-data/generate") as typeof import("../../plan/user-data/generate");
  const { document, warnings, problems } = generateUserData({
    palette: spec.palette,
    users: spec.users,
    userData: spec.userData,
    reader: readerOf(spec),
    singleHost: spec.singleHost,
  });
  if (problems.length > 0) throw invalidInput(problems);
  return { document, digest: userDataDigest(document), warnings };
}

async function bundleHashes(
  formats: readonly FormatSpec[],
  context: ResolveContext,
): Promise<BundleHashes | undefined> {
  if (bundlePaths(formats).length === 0) return undefined;
  const { hashBundles } = require("./bundle-hashes") as typeof import("./bundle-hashes");
  return hashBundles(formats, context);
}

/** The spec with what `check` found out about the files that its formats name. */
export function withBundleHashes(
  spec: ImageSpec,
  { bundles }: Pick<Resolved, "bundles">,
): ImageSpec {
  return bundles === undefined ? spec : { ...spec, formats: pinBundles(spec.formats, bundles) };
}

function sourceOf(installer: InstallerSpec): string {
  // Hashed, because what `check` adds is plain text in state, and the address may have been given as a secret.
  return createHash("sha256").update(installerLocation(installer)).digest("hex");
}

/** A newer recipe is not taken unasked, but said: it may be the one that mends what ails the image. */
export function recipeNotice(
  spec: Partial<Pick<ImageSpec, "adopt" | "formats">>,
  recipe: string,
  latest: string = latestRecipe,
): string | undefined {
  // An image that is adopted is made by somebody else, and a seed by no recipe.
  if (recipe === latest || spec.adopt !== undefined || isSiteSeed(spec)) return undefined;
  return `Recipe ${latest} is available; this image is of recipe ${recipe}. The next new image takes it, and \`recipe: "latest"\` asks for one.`;
}

/** A newer package replaces nothing by itself: the recipe of the existing image is carried forward. */
function chooseRecipe(spec: ImageSpec, previous: Resolved | undefined): string {
  const recipe = spec.recipe === "latest" ? latestRecipe : (previous?.recipe ?? latestRecipe);
  if (findRecipe(recipe) !== undefined) return recipe;
  throw new StylusError("input.invalid", {
    what: `The image was made with recipe ${recipe}, which this version of pulumi-stylus-image does not know.`,
    next: 'Install the version that made it or a newer one, or build anew with `recipe: "latest"`.',
  });
}
