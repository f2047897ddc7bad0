import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { StylusError } from "../../base/errors";
import { canonicalJson } from "../../base/json";
import { MiB } from "../../base/size";
import type { LocalArtifact } from "../local-artifact";

/** Bytes under their digest: how everything in a registry is kept. */
export interface OciBlob {
  /** `sha256:...` */
  readonly digest: string;
  readonly size: number;
  /** The bytes from `offset` on, as often as they are asked for. */
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

/** A blob that lies in an open file, from `start` on; its digest is known, and the registry proves it. */
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
        // A new buffer each time: the last one may still wait in a socket.
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
