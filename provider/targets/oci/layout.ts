import type { FileHandle } from "node:fs/promises";
import { z } from "zod";
import { StylusError } from "../../base/errors";
import { MiB } from "../../base/size";
import { type OciBlob, bufferBlob, digestOf, fileBlob, manifestSchema } from "./manifest";
import { readTar } from "../../base/tar-read";

/** A manifest and its blobs, which a registry receives first. */
export interface OciImage {
  readonly manifest: Buffer;
  readonly mediaType: string;
  /** `sha256:...` of the manifest. */
  readonly digest: string;
  /** The configuration first, then the layers. */
  readonly blobs: readonly OciBlob[];
}

const indexSchema = z.object({
  manifests: z.tuple([z.object({ digest: z.string(), mediaType: z.string() })]),
});

/** The only image of an OCI layout in a tar archive. Its layer is read from the archive during the upload. */
export async function imageInArchive(file: FileHandle, path: string): Promise<OciImage> {
  const members = await readTar(file, path);
  const find = (name: string) => {
    const member = members.get(name);
    if (member === undefined) throw incomplete(path, `There is no ${name} in it.`);
    return member;
  };
  const read = async (name: string): Promise<Buffer> => {
    const { start, size } = find(name);
    if (size > MiB) throw incomplete(path, `${name} has ${size} bytes.`);
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, start);
    return bytes.subarray(0, bytesRead);
  };
  const index = parse(await read("index.json"), indexSchema, path);
  const [{ digest, mediaType }] = index.manifests;
  const manifest = await read(blobName(digest));
  if (digestOf(manifest) !== digest) throw incomplete(path, "Its manifest has another digest.");
  const { config, layers } = parse(manifest, manifestSchema, path);
  const blobs = await Promise.all(
    [config, ...layers].map(async (descriptor) => {
      const name = blobName(descriptor.digest);
      const { start, size } = find(name);
      if (size !== descriptor.size) throw incomplete(path, `${name} has ${size} bytes.`);
      const isSmall = descriptor === config && size <= MiB;
      return isSmall ? bufferBlob(await read(name)) : fileBlob(file, path, start, descriptor);
    }),
  );
  return { manifest, mediaType, digest, blobs };
}

function blobName(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function parse<T>(bytes: Buffer, schema: z.ZodType<T>, path: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString("utf8")));
  } catch {
    throw incomplete(path, "A document in it is not what its format asks for.");
  }
}

function incomplete(path: string, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} holds no container image of one manifest.`,
    why,
    next: "Nothing was published. Run the build again; it makes the file anew.",
  });
}
