import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type { KnownContent } from "../archive-check";
import {
  blobName,
  imageFiles,
  layoutMarker,
  type ImageSettings,
  type LayoutFile,
} from "./oci-archive";
import { writeWhole } from "../../system/files/append";
import { tarBlock, tarEnd, tarHeader, tarPadding } from "../../base/tar";

/** How a layer is written. */
export interface LayerParts {
  readonly mediaType: string;
  /** Writes it from `offset` on, and yields its bytes in order; each part is valid until the next is asked for. */
  readonly write: (file: FileHandle, offset: number) => AsyncIterable<Buffer>;
  /** SHA-256 of the layer's tar before it was compressed, once all parts were taken; undefined where it was not. */
  readonly unpacked: Hash | undefined;
}

/**
 * Writes an OCI image layout as a tar archive. The layer's name is its digest and stands before it:
 * the header is left empty and written when the digest is known. So the disk is read, and compressed,
 * once; in turn the archive's own SHA-256 has to be taken from what was written.
 */
export async function writeOciArchive(
  output: string,
  layer: LayerParts,
  settings: ImageSettings,
): Promise<KnownContent> {
  const file = await open(output, "wx+", 0o600);
  try {
    const head = Buffer.concat([
      ...entry(layoutMarker),
      ...["blobs/", "blobs/sha256/"].map(folder),
      Buffer.alloc(tarBlock),
    ]);
    await writeWhole(file, head, 0);
    const { sha256, size } = await writeLayer(file, layer, head.length);
    const digest = `sha256:${sha256}`;
    const unpacked = layer.unpacked?.digest("hex") ?? sha256;
    const files = imageFiles(
      {
        descriptor: { mediaType: layer.mediaType, digest, size },
        diffId: `sha256:${unpacked}`,
      },
      settings,
    );
    const end = Buffer.concat([tarPadding(size), ...files.flatMap(entry), tarEnd]);
    await writeWhole(file, end, head.length + size);
    await writeWhole(file, header(blobName(digest), size), head.length - tarBlock);
    return { start: head.length, length: size, sha256 };
  } finally {
    await file.close();
  }
}

async function writeLayer(file: FileHandle, { write }: LayerParts, offset: number) {
  const digest = createHash("sha256");
  let size = 0;
  for await (const part of write(file, offset)) {
    digest.update(part);
    size += part.length;
  }
  return { sha256: digest.digest("hex"), size };
}

function entry({ name, content }: LayoutFile): Buffer[] {
  return [header(name, content.length), content, tarPadding(content.length)];
}

function header(name: string, size: number): Buffer {
  return tarHeader({ name, size, mode: 0o644, uid: 0, gid: 0 });
}

function folder(name: string): Buffer {
  return tarHeader({ name, size: 0, mode: 0o755, uid: 0, gid: 0, type: "5" });
}
