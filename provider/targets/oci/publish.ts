import { ociTargetId } from "../../schema/targets/identity";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { permanentTag, ociUri, ociUrl } from "./address";
import type { OciConnection } from "./connection";
import { withContent } from "./content";
import type { OciImage } from "./layout";
import { pushBlob } from "./push";
import { digestOfTag, putManifest } from "./tags";
import { resumeFile } from "./resume-store";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalArtifact } from "../local-artifact";

/** Publishes an artifact under its permanent tag, or reuses the existing one; the moving tag is set last. */
export async function publishToRegistry(
  connection: OciConnection,
  artifact: LocalArtifact,
  options: ProgressOptions,
): Promise<Omit<Publication, "encoder">> {
  const { spec } = connection;
  const { signal } = options;
  return withContent(artifact, spec, options, async ({ image, sha256 }) => {
    const tag = permanentTag(artifact);
    const wasTagged = await isTagged(connection, tag, image, signal);
    await pushBlobs(connection, artifact, image, options);
    // Checked again after the upload: a registry has no atomic creation of tags.
    if (!wasTagged && !(await isTagged(connection, tag, image, signal))) {
      await putManifest(connection, image, tag, signal);
    }
    if (
      spec.tag !== undefined &&
      (await digestOfTag(connection, spec.tag, signal)) !== image.digest
    ) {
      await putManifest(connection, image, spec.tag, signal);
    }
    options.onProgress(artifact.sizeBytes, artifact.sizeBytes);
    const { format, sizeBytes, mediaType, artifactKey } = artifact;
    return {
      format,
      target: ociTargetId(spec),
      uri: ociUri(spec, { tag, digest: image.digest }),
      url: ociUrl(spec, image.digest),
      sizeBytes,
      ...(sha256 !== undefined && { sha256 }),
      mediaType,
      artifactKey,
    };
  });
}

/** Whether the tag points to this manifest. Another manifest under the tag is an error. */
async function isTagged(
  connection: OciConnection,
  tag: string,
  image: OciImage,
  signal: AbortSignal,
): Promise<boolean> {
  const digest = await digestOfTag(connection, tag, signal);
  if (digest === undefined || digest === image.digest) return digest !== undefined;
  const where = `${connection.spec.repository}:${tag}`;
  throw new StylusError("publish.name-taken", {
    what: `${where} already exists with other content.`,
    why: `It points to ${digest}, expected ${image.digest}. Tags that this program did not write are never moved.`,
    next: `Copy it elsewhere if it is needed (\`skopeo copy docker://${where} ...\`) and delete it, or publish to another repository.`,
  });
}

async function pushBlobs(
  connection: OciConnection,
  artifact: LocalArtifact,
  { blobs }: OciImage,
  { signal, onProgress }: ProgressOptions,
): Promise<void> {
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  let reported = 0;
  for (const blob of blobs) {
    const onSent = (sent: number): void => {
      // Bytes that are sent again are not reported again.
      reported = Math.max(reported, before + sent);
      onProgress(
        Math.floor((artifact.sizeBytes * reported) / Math.max(total, 1)),
        artifact.sizeBytes,
      );
    };
    const resumeStore = resumeFile(artifact.path, ociTargetId(connection.spec), blob.digest);
    await pushBlob(connection, blob, { onSent, signal, resumeStore });
    before += blob.size;
  }
}
