import { resolve } from "node:path";
import type { Context } from "../../base/context";
import { makePlan } from "../../plan/make-plan";
import type { BuildRequest } from "../../plan/plan";
import type { ImageSpec } from "../../schema/image";
import type { ImageState } from "../../schema/state";
import { withBundleHashes } from "./resolve";
import type { ResolvedImage } from "./resolved";

/** The resource or command that requests a build. */
export interface RequestContext extends Pick<Context, "rootDirectory" | "cacheDirectory"> {
  readonly name: string;
  /** URN of the resource, or `cli`. */
  readonly owner: string;
  readonly instance: string;
  /** The image before an update. */
  readonly existing?: ImageState | undefined;
  /** Instances of the owner that the state knows. */
  readonly knownInstances?: readonly string[] | undefined;
  /** `keepPrevious` before an update. */
  readonly keptPrevious?: number | undefined;
}

/** Makes the request for an agent: the plan, and separately everything that is secret. */
export function buildRequest(
  spec: ImageSpec,
  image: ResolvedImage,
  context: RequestContext,
): BuildRequest {
  const pinned = withBundleHashes(spec, image.resolved);
  const { url, path, headers = {} } = pinned.installer ?? {};
  const plan = makePlan(
    path === undefined || pinned.installer === undefined
      ? pinned
      : {
          ...pinned,
          installer: { ...pinned.installer, path: resolve(context.rootDirectory, path) },
        },
    {
      name: context.name,
      owner: context.owner,
      instance: context.instance,
      recipe: image.resolved.recipe,
      installer: image.resolved.installer,
      userDataDigest: image.resolved.userDataDigest,
      existing: context.existing,
      verifyChanged: image.resolved.verify?.asBefore === false,
      knownInstances: context.knownInstances,
      keptPrevious: context.keptPrevious,
    },
  );
  return {
    plan,
    ...(url !== undefined && { installerUrl: url }),
    installerHeaders: headers,
    userData: image.userData,
    targets: pinned.publishTo,
    rootDirectory: context.rootDirectory,
    cacheDirectory: context.cacheDirectory,
  };
}
