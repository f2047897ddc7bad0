import { type Hash, createHash, hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { canonicalJson } from "../../base/json";
import { tarBlock, tarEnd, tarHeader, tarPadding } from "../../base/tar";
import { writeWhole } from "../../system/files/append";
import type { KnownContent } from "../archive-check";

/** A reference to a blob by its content. */
interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

interface Layer {
  readonly descriptor: Descriptor;
  /** Digest of the layer's uncompressed tar. */
  readonly diffId: string;
}

/** Metadata of an image. */
export interface ImageSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A file of an OCI image layout (OCI image specification 1.0, image-layout.md). */
interface LayoutFile {
  readonly name: string;
  readonly content: Buffer;
}

export const layerTypes = {
  plain: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

const imageType = "application/vnd.oci.image";
const platform = { architecture: "amd64", os: "linux" } as const;

/** The file that marks a folder or an archive as an OCI layout. */
export const layoutMarker: LayoutFile = {
  name: "oci-layout",
  content: json({ imageLayoutVersion: "1.0.0" }),
};

export function blobName(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/**
 * The files of a layout with one image of one layer, except for the marker and the layer's blob.
 */
export function imageFiles(layer: Layer, settings: ImageSettings): readonly LayoutFile[] {
  const config = json({
    ...platform,
    // A fixed time, because the same disk must give the same image. Readers that show an age need
    // some time.
    created: "1970-01-01T00:00:00Z",
    config: {
      Env: Object.entries(settings.environment)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
      Labels: settings.labels,
    },
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
  });
  const configDescriptor = describe(`${imageType}.config.v1+json`, config);
  const manifest = json({
    schemaVersion: 2,
    mediaType: `${imageType}.manifest.v1+json`,
    config: configDescriptor,
    layers: [layer.descriptor],
  });
  const manifestDescriptor = describe(`${imageType}.manifest.v1+json`, manifest);
  // Some readers require a tag: `skopeo copy oci-archive:FILE:latest`.
  const annotations = { "org.opencontainers.image.ref.name": "latest" };
  const index = json({
    schemaVersion: 2,
    mediaType: `${imageType}.index.v1+json`,
    manifests: [{ ...manifestDescriptor, platform, annotations }],
  });
  return [
    { name: blobName(configDescriptor.digest), content: config },
    { name: blobName(manifestDescriptor.digest), content: manifest },
    { name: "index.json", content: index },
  ];
}

function describe(mediaType: string, content: Buffer): Descriptor {
  return { mediaType, digest: `sha256:${hash("sha256", content)}`, size: content.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value), "utf8");
}

/** A layer that can be written to a file. */
export interface LayerParts {
  readonly mediaType: string;
  /**
   * Writes the layer from `offset` on and yields its bytes in order. Each part is valid until the
   * next one is requested.
   */
  readonly write: (file: FileHandle, offset: number) => AsyncIterable<Buffer>;
  /**
   * SHA-256 of the uncompressed tar, complete after `write` ends. Undefined if the layer is not
   * compressed.
   */
  readonly unpacked: Hash | undefined;
}

/**
 * Writes an OCI image layout as a tar archive. The name of the layer's blob is its digest and
 * precedes the blob, so the header is left empty and written when the digest is known. That way the
 * disk is read and compressed once, but the SHA-256 of the archive must be taken from the finished
 * file.
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
