import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { StylusError } from "../../base/errors";
import { canonicalJson } from "../../base/json";
import { MiB } from "../../base/size";
import type { LocalArtifact } from "../local-artifact";

/** Content that a registry stores under its digest. */
export interface OciBlob {
  /** `sha256:...` */
  readonly digest: string;
  readonly size: number;
  /** Reads a range of bytes; can be called again for the same range. */
  read(offset: number, length: number): AsyncGenerator<Buffer>;
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export function bufferBlob(bytes: Buffer): OciBlob {
  return {
    digest: digestOf(bytes),
    size: bytes.length,
    async *read(offset, length) {
      yield await Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

/** A blob in an open file, from `start` on. Its digest is known; the registry verifies it. */
export function fileBlob(
  file: FileHandle,
  path: string,
  start: number,
  { digest, size }: Pick<OciBlob, "digest" | "size">,
): OciBlob {
  return {
    digest,
    size,
    async *read(offset, length) {
      for (let done = 0; done < length;) {
        // A new buffer each time: the socket may still use the last one.
        const piece = Buffer.allocUnsafe(Math.min(MiB, length - done));
        const { bytesRead } = await file.read(piece, 0, piece.length, start + offset + done);
        if (bytesRead === 0) throw becameShorter(path);
        done += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    },
  };
}

function becameShorter(path: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed while it was published.`,
    why: "It became shorter.",
    next: "Nothing was published. Run the build again; it makes the file anew.",
  });
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Accepted media types of manifests, including those of Docker. */
export const acceptedTypes = [
  manifestType,
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

const descriptorSchema = z.object({ digest: z.string(), size: z.number().int().nonnegative() });

/** The part of a manifest that lists its blobs. */
export const manifestSchema = z.object({
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
});

/** The empty configuration of an artifact that is no container (OCI image specification 1.1, guidance for artifacts). */
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
          // The file name for `oras pull`.
          annotations: { "org.opencontainers.image.title": basename(name) },
        },
      ],
    }),
  );
}
