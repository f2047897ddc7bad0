import type { Publication } from "../../schema/state";
import { orUnreachable, presentOrAltered } from "../find-result";
import { parseOciUri } from "./address";
import { type OciBlob, digestOf, manifestSchema } from "./manifest";
import type { OciConnection } from "./connection";
import { hasBlob } from "./push";
import { digestOfTag, readManifest } from "./tags";
import type { FindResult } from "../find-result";

/**
 * Looks for a publication: its manifest, the blobs of the manifest, and its tags. Without its permanent tag it counts as
 * absent, although it can still be pulled: the next garbage collection may remove it.
 */
export async function findInRegistry(
  connection: OciConnection,
  publication: Publication,
  signal: AbortSignal,
): Promise<FindResult> {
  const { tag, digest } = parseOciUri(connection.spec, publication.uri);
  return orUnreachable(signal, async () => {
    const manifest = await readManifest(connection, digest, signal);
    if (manifest === undefined) return { state: "absent" };
    const kept = await digestOfTag(connection, tag, signal);
    if (kept === undefined) return { state: "absent" };
    const why =
      (kept === digest ? undefined : pointsElsewhere(tag, kept)) ??
      (await movingTagProblem(connection, digest, signal)) ??
      (await contentProblem(connection, manifest, digest, signal));
    return presentOrAltered(publication, why);
  });
}

/** The moving tag has to point to the current image, also after a return to an earlier one. */
async function movingTagProblem(
  connection: OciConnection,
  digest: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { tag } = connection.spec;
  if (tag === undefined) return undefined;
  const found = await digestOfTag(connection, tag, signal);
  return found === digest ? undefined : pointsElsewhere(tag, found);
}

async function contentProblem(
  connection: OciConnection,
  manifest: Buffer,
  digest: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = digestOf(manifest);
  if (found !== digest) return `Its manifest has the digest ${found}.`;
  const { config, layers } = manifestSchema.parse(JSON.parse(manifest.toString("utf8")));
  const look = async (blob: Pick<OciBlob, "digest" | "size">) =>
    (await hasBlob(connection, blob, signal)) ? [] : [blob.digest];
  const [missing] = (await Promise.all([config, ...layers].map(look))).flat();
  return missing === undefined
    ? undefined
    : `The registry does not have all of the blob ${missing} of its manifest.`;
}

function pointsElsewhere(tag: string, found: string | undefined): string {
  return `The tag "${tag}" points to ${found ?? "nothing"}.`;
}
