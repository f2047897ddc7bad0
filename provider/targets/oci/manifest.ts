import { basename } from "node:path";
import { z } from "zod";
import { canonicalJson } from "../../base/json";
import { bufferBlob } from "./_oci-blob";
import type { LocalArtifact } from "../target";

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** What we ask for, and can read: a registry may keep Docker's own kind as well. */
export const acceptedTypes = [
  manifestType,
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

const descriptorSchema = z.object({ digest: z.string(), size: z.number().int().nonnegative() });

/** As much of a manifest as is needed to find all that it names. */
export const manifestSchema = z.object({
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
});

/** The configuration of what is no container: there is none (OCI image specification 1.1, guidance for artifacts). */
export const emptyConfig = bufferBlob(Buffer.from("{}"));
const emptyType = "application/vnd.oci.empty.v1+json";

/**
 * The manifest of a file that is no container image, always the same for the same artifact: a time or a tool's version
 * in it would make each publication another one.
 */
export function artifactManifest(
  { name, mediaType, sizeBytes }: Pick<LocalArtifact, "name" | "mediaType" | "sizeBytes">,
  digest: string,
  artifactType = mediaType,
): Buffer {
  const { digest: configDigest, size } = emptyConfig;
  return Buffer.from(
    canonicalJson({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType,
      config: { mediaType: emptyType, digest: configDigest, size },
      layers: [
        {
          mediaType,
          digest,
          size: sizeBytes,
          // The name under which `oras pull` writes it.
          annotations: { "org.opencontainers.image.title": basename(name) },
        },
      ],
    }),
  );
}
