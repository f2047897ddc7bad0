import { readCachedDisk } from "../../system/cached-disk";
import { encoderOf } from "../../formats/convert";
import { formatFor, isRestorable, needsDisk } from "../../plan/formats";
import type { FindResult } from "../../targets/find-result";
import type { ImageSpec } from "../../schema/image";
import type { Publication } from "../../schema/state";
import { workspaceAt } from "../../system/workspace";
import { isRemoteTarget } from "../../targets/target";
import { askTarget } from "./probe";
import { openAll } from "./target-pool";
import type { KnownContext, KnownImage } from "./preview";

/**
 * Of the artifacts of which it is doubtful whether they are still there, keeps those that are, and those that `up`
 * will make again byte for byte, under the same address.
 */
export async function withoutLost(
  spec: ImageSpec,
  image: KnownImage,
  isDoubtful: (publication: Publication) => boolean,
  context: KnownContext,
): Promise<Publication[]> {
  const lost = new Set<Publication>();
  for (const target of openAll(spec.publishTo, context)) {
    const asked = image.artifacts.filter((it) => it.target === target.id && isDoubtful(it));
    const findings = await askTarget(target, asked, context.signal).catch((): FindResult[] => []);
    for (const [index, { state }] of findings.entries()) {
      const publication = asked[index];
      if (publication === undefined) continue;
      if (state === "absent" || state === "altered") lost.add(publication);
    }
  }
  const kept: Publication[] = [];
  const whole = image.artifacts.some((it) => !lost.has(it) && isRestorable(it));
  for (const publication of image.artifacts) {
    if (!lost.has(publication)) {
      kept.push(publication);
      continue;
    }
    const change = await changeOf(spec, publication, image, whole, context);
    if (change === undefined) kept.push(publication);
    else context.warn(`${publication.uri} is lost, and comes back under another name: ${change}.`);
  }
  return kept;
}

/** What makes a lost artifact come back as another one, or undefined where it comes back as it was. */
async function changeOf(
  spec: ImageSpec,
  publication: Publication,
  image: KnownImage,
  hasWholeArtifact: boolean,
  context: KnownContext,
): Promise<string | undefined> {
  if (needsDisk({ type: publication.format }) && !hasWholeArtifact) {
    const disk = await readCachedDisk(workspaceAt(context.cacheDirectory), image.installKey);
    if (disk?.contentDigest !== image.contentDigest) {
      return "its base disk is no longer in the cache, and a new install is never the same";
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
