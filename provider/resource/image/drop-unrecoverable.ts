import type { Context } from "../../base/context";
import { encoderOf } from "../../formats/convert";
import { formatFor, isRestorable, needsDisk } from "../../plan/formats";
import type { ImageSpec } from "../../schema/image";
import type { Publication } from "../../schema/state";
import { readCachedDisk } from "../../system/cached-disk";
import { workspaceAt } from "../../system/workspace";
import type { FindResult } from "../../targets/find-result";
import { isRemoteTarget } from "../../targets/target";
import type { KnownImage } from "./known-image";
import { findPublications } from "./find-publications";
import { openAll } from "./target-pool";

/**
 * Checks artifacts at their targets, and drops the lost ones that `up` cannot make again byte for byte under the same
 * address.
 */
export async function dropUnrecoverable(
  spec: ImageSpec,
  image: KnownImage,
  needsCheck: (publication: Publication) => boolean,
  context: Context,
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
  context: Context,
): Promise<Set<Publication>> {
  const lost = new Set<Publication>();
  for (const target of openAll(spec.publishTo, context)) {
    const candidates = image.artifacts.filter((it) => it.target === target.id && needsCheck(it));
    const results = await findPublications(target, candidates, context.signal).catch(
      (): FindResult[] => [],
    );
    for (const [index, { state }] of results.entries()) {
      const publication = candidates[index];
      if (publication === undefined) continue;
      if (state === "absent" || state === "altered") lost.add(publication);
    }
  }
  return lost;
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
    const disk = await readCachedDisk(workspaceAt(context.cacheDirectory), image.installKey);
    if (disk?.contentDigest !== image.contentDigest) {
      return "its base disk is no longer in the cache, and a new install gives other bytes";
    }
  }
  const format = spec.formats.find(({ type }) => type === publication.format);
  if (format === undefined) return undefined;
  const target = openAll(spec.publishTo, context).find(({ id }) => id === publication.target);
  const made = formatFor(format, target !== undefined && isRemoteTarget(target));
  const encoder = await encoderOf(made, context.signal).catch(() => publication.encoder);
  return encoder === publication.encoder
    ? undefined
    : `it was made by ${publication.encoder}, and ${encoder} is installed now`;
}
