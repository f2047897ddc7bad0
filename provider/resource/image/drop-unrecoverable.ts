import type { Context } from "../../base/context";
import { encoderOf } from "../../formats/convert";
import { formatFor, isRestorable, needsDisk } from "../../plan/formats";
import type { ImageSpec } from "../../schema/image";
import type { Publication } from "../../schema/state";
import { lookUpPublications, orElse } from "../../records/lookup";
import { findCachedDisk } from "../../system/cached-disk";
import { workspaceAt } from "../../system/workspace";
import { isRemoteTarget } from "../../targets/target";
import type { KnownImage } from "./known-image";
import { openAll } from "./target-pool";

interface PreviewContext extends Context {
  /** Time for each target to answer. */
  readonly milliseconds?: number;
}

/**
 * Checks artifacts at their targets, and drops the lost ones that `up` cannot make again byte for byte under the same
 * address.
 */
export async function dropUnrecoverable(
  spec: ImageSpec,
  image: KnownImage,
  needsCheck: (publication: Publication) => boolean,
  context: PreviewContext,
): Promise<Publication[]> {
  const lost = await findLost(spec, image, needsCheck, context);
  const hasRestorable = image.artifacts.some((it) => !lost.has(it) && isRestorable(it));
  const kept: Publication[] = [];
  for (const publication of image.artifacts) {
    const change = lost.has(publication)
      ? await changeOf(spec, publication, image, hasRestorable, context)
      : undefined;
    if (change === undefined) kept.push(publication);
    else context.warn(`${publication.uri} is lost and will get another name: ${change}.`);
  }
  return kept;
}

/** The artifacts that their target reports as absent or altered. A target that does not answer has lost none. */
async function findLost(
  spec: ImageSpec,
  image: KnownImage,
  needsCheck: (publication: Publication) => boolean,
  context: PreviewContext,
): Promise<Set<Publication>> {
  const candidates = openAll(spec.publishTo, context).flatMap((target) =>
    image.artifacts
      .filter((publication) => publication.target === target.id && needsCheck(publication))
      .map((publication) => ({ target, publication })),
  );
  const known = { installKey: image.installKey };
  const results = await lookUpPublications(candidates, { ...context, known });
  const lost = candidates.filter((_, index) => {
    const state = results[index]?.state;
    return state === "absent" || state === "altered";
  });
  return new Set(lost.map(({ publication }) => publication));
}

/** Why a lost artifact will be made again with other bytes; undefined if the bytes will be the same. */
async function changeOf(
  spec: ImageSpec,
  publication: Publication,
  image: KnownImage,
  hasRestorable: boolean,
  context: Context,
): Promise<string | undefined> {
  if (needsDisk({ type: publication.format }) && !hasRestorable) {
    if (!(await isDiskCached(image, context))) {
      return "its base disk is no longer in the cache, and a new install gives other bytes";
    }
  }
  const format = spec.formats.find(({ type }) => type === publication.format);
  if (format === undefined) return undefined;
  const target = openAll(spec.publishTo, context).find(({ id }) => id === publication.target);
  const made = formatFor(format, target !== undefined && isRemoteTarget(target));
  const encoder = await orElse(encoderOf(made, context.signal), publication.encoder);
  return encoder === publication.encoder
    ? undefined
    : `it was made by ${publication.encoder}, and ${encoder} is installed now`;
}

/** Whether the cache has the image's base disk. A disk that was touched since its content was checked may be damaged. */
async function isDiskCached(
  { installKey, contentDigest }: KnownImage,
  { cacheDirectory }: Context,
): Promise<boolean> {
  const found = await findCachedDisk(workspaceAt(cacheDirectory), installKey);
  if (found.state !== "present") return false;
  const { disk, isStamped } = found;
  return disk.contentDigest === contentDigest && (isStamped || disk.stamp === undefined);
}
