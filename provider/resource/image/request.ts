import { resolve } from "node:path";
import type { Context } from "../../base/context";
import { makePlan } from "../../plan/make-plan";
import type { BuildRequest } from "../../plan/plan";
import type { ImageSpec } from "../../schema/image";
import type { ImageState } from "../../schema/state";
import { withBundleHashes } from "./resolve";
import type { ResolvedImage } from "./resolved";

export interface RequestContext extends Pick<Context, "rootDirectory" | "cacheDirectory"> {
  readonly name: string;
  /** URN of the resource, or `cli`. */
  readonly owner: string;
  readonly instance: string;
  readonly existing?: ImageState | undefined;
  /** How many previous images the resource has kept so far. */
  readonly keptPrevious?: number | undefined;
}

/** All that an agent needs: the plan, and beside it what is secret. */
export function buildRequest(
  unpinned: ImageSpec,
  image: ResolvedImage,
  context: RequestContext,
): BuildRequest {
  const spec = withBundleHashes(unpinned, image.resolved);
  const { url, path, headers = {} } = spec.installer ?? {};
  const plan = makePlan(
    path === undefined || spec.installer === undefined
      ? spec
      : { ...spec, installer: { ...spec.installer, path: resolve(context.rootDirectory, path) } },
    {
      name: context.name,
      owner: context.owner,
      instance: context.instance,
      recipe: image.resolved.recipe,
      installer: image.resolved.installer,
      userDataDigest: image.resolved.userDataDigest,
      existing: context.existing,
      keptPrevious: context.keptPrevious,
    },
  );
  return {
    plan,
    ...(url !== undefined && { installerUrl: url }),
    installerHeaders: headers,
    userData: image.userData,
    targets: spec.publishTo,
    rootDirectory: context.rootDirectory,
    cacheDirectory: context.cacheDirectory,
  };
}
