import { open, type FileHandle } from "node:fs/promises";
import { StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { fileError, systemCode } from "../../system/files/errors";
import { localSha256 } from "../local-sha256";
import { artifactManifest, digestOf, emptyConfig, fileBlob, manifestType } from "./manifest";
import { imageInArchive, type OciImage } from "./layout";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalArtifact } from "../local-artifact";

/** A local artifact in the form that a registry stores. */
export interface OciContent {
  readonly image: OciImage;
  /** SHA-256 of the artifact, if it is known without reading the file. */
  readonly sha256: string | undefined;
}

/** Opens the artifact for the duration of `work`: the image of an image archive, or any other file as one layer. */
export async function withContent<T>(
  artifact: LocalArtifact,
  spec: OciTargetSpec,
  { signal }: Pick<ProgressOptions, "signal">,
  work: (content: OciContent) => Promise<T>,
): Promise<T> {
  try {
    const file = await open(artifact.path, "r");
    try {
      const { size } = await file.stat();
      if (size !== artifact.sizeBytes) throw changed(artifact, size);
      const content =
        artifact.format === "containerdisk"
          ? { image: await imageInArchive(file, artifact.path), sha256: artifact.sha256 }
          : await fileContent(file, artifact, spec, signal);
      return await work(content);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (systemCode(thrown) === undefined) throw thrown;
    throw fileError(thrown, `read ${artifact.path}`, signal);
  }
}

async function fileContent(
  file: FileHandle,
  artifact: LocalArtifact,
  { mediaType }: OciTargetSpec,
  signal: AbortSignal,
): Promise<OciContent> {
  const sha256 = await localSha256(artifact, signal);
  const digest = `sha256:${sha256}`;
  const manifest = artifactManifest(artifact, digest, mediaType);
  const layer = fileBlob(file, artifact.path, 0, { digest, size: artifact.sizeBytes });
  const image = {
    manifest,
    mediaType: manifestType,
    digest: digestOf(manifest),
    blobs: [emptyConfig, layer],
  };
  return { image, sha256 };
}

function changed({ path, sizeBytes }: LocalArtifact, size: number): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed before it was published.`,
    why: `It has ${size} bytes, expected ${sizeBytes}.`,
    next: "Nothing was published. Run the build again; it makes the file anew.",
  });
}
