import { keysOf } from "../../plan/make-plan";
import type { Head } from "../../plan/record";
import { findRecipe, latestRecipe } from "../../plan/recipe";
import { lookUpHead, recordNotFound } from "../../records/find-record";
import type { ImageSpec } from "../../schema/image";
import { cacheRecords, openAll } from "./target-pool";
import type { Resolved, ResolveContext } from "./resolved";

/** `check` must not wait for a target that does not answer. */
const deadlineMilliseconds = 5000;

/**
 * Nothing is asked of an installer. The recipe is that of the image, so that the key is the same when `adopt` is given
 * up and the inputs are those that it was made from.
 */
export async function resolveAdopted(
  spec: ImageSpec,
  userDataDigest: string,
  context: ResolveContext,
): Promise<Resolved> {
  const keys = keysOf(spec, { recipe: latestRecipe, installer: {}, userDataDigest });
  const { previous } = context;
  const isSame = previous !== undefined && previous.installKey === keys.installKey;
  const recipe = isSame ? previous.recipe : await recordedRecipe(spec, keys.installKey, context);
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
 * The head of the image that is to be adopted. None is only a warning here: what this program makes first, a command
 * that builds for example, may still publish it before the image is created.
 */
async function findAdopted(
  spec: ImageSpec,
  installKey: string,
  context: ResolveContext,
): Promise<Head | undefined> {
  const stores = [
    cacheRecords(context),
    ...openAll(spec.publishTo, context).flatMap(({ capabilities }) => capabilities.records ?? []),
  ];
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMilliseconds)]);
  const answers = await lookUpHead(stores, installKey, signal);
  const head = answers.find((answer) => answer.head !== undefined)?.head;
  if (head === undefined) context.warn(recordNotFound(installKey, answers).message);
  return head;
}
