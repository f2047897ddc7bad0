import { type Hash, createHash, hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { canonicalJson } from "../../base/json";
import { tarBlock, tarEnd, tarHeader, tarPadding } from "../../base/tar";
import { writeWhole } from "../../system/files/append";
import type { KnownContent } from "../archive-check";

/** A blob by its content: how everything in an OCI image refers to something else. */
interface Descriptor {
  readonly mediaType: string;
  /** Such as `sha256:...`. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

interface Layer {
  readonly descriptor: Descriptor;
  /** Digest of the layer's tar before it was compressed. */
  readonly diffId: string;
}

/** What an image says of itself beside its layer. */
export interface ImageSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A file of an OCI image layout (image-layout.md of the OCI image specification 1.0). */
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

/** The marker by which a reader knows a layout. */
export const layoutMarker: LayoutFile = {
  name: "oci-layout",
  content: json({ imageLayoutVersion: "1.0.0" }),
};

export function blobName(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** The files of a layout that holds one image of one layer, but for the marker and the layer's blob. */
export function imageFiles(layer: Layer, settings: ImageSettings): readonly LayoutFile[] {
  const config = json({
    ...platform,
    // Not the time: the same disk is the same image. Readers that show an age need some time.
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
  // A reader that insists on a tag finds one, as in `skopeo copy oci-archive:FILE:latest`.
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
