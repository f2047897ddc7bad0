import { keysOf } from "../../plan/make-plan";
import type { Head } from "../../plan/record";
import { findRecipe, latestRecipe } from "../../plan/recipe";
import { lookUpHead, recordNotFound } from "../../records/find-record";
import { recordsOf } from "../../records/scope";
import type { ImageSpec } from "../../schema/image";
import { cacheRecords, openAll } from "./target-pool";
import type { Resolved, ResolveContext } from "./resolved";

/** Time for each target to return the head. */
const milliseconds = 5000;

/**
 * Resolves an image with `adopt`, without looking at an installer. The recipe is that of the image, so that the install key
 * stays the same if `adopt` is removed later.
 */
export async function resolveAdopted(
  spec: ImageSpec,
  userDataDigest: string,
  context: ResolveContext,
): Promise<Resolved> {
  const keys = keysOf(spec, { recipe: latestRecipe, installer: {}, userDataDigest });
  const { previous } = context;
  const isKnownImage = previous !== undefined && previous.installKey === keys.installKey;
  const recipe = isKnownImage
    ? previous.recipe
    : await recordedRecipe(spec, keys.installKey, context);
  return { recipe, userDataDigest, installer: {}, ...keys };
}

async function recordedRecipe(
  spec: ImageSpec,
  installKey: string | undefined,
  context: ResolveContext,
): Promise<string> {
  const head = installKey === undefined ? undefined : await findAdopted(spec, installKey, context);
  const isKnown = head !== undefined && findRecipe(head.recipe) !== undefined;
  return isKnown ? head.recipe : latestRecipe;
}

/**
 * Looks up the head of the image to adopt. A missing head is only a warning, because the image may still be published
 * before `create`, for example by a command in the same program.
 */
async function findAdopted(
  spec: ImageSpec,
  installKey: string,
  context: ResolveContext,
): Promise<Head | undefined> {
  const stores = [cacheRecords(context), ...recordsOf(openAll(spec.publishTo, context))];
  const { signal } = context;
  const lookups = await lookUpHead(stores, installKey, { signal, milliseconds });
  const head = lookups.find((lookup) => lookup.head !== undefined)?.head;
  if (head === undefined) context.warn(recordNotFound(installKey, lookups).message);
  return head;
}
