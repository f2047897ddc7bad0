import { hash } from "node:crypto";
import { canonicalJson } from "../../base/json";

/** A blob by its content: how everything in an OCI image refers to something else. */
export interface Descriptor {
  readonly mediaType: string;
  /** Such as `sha256:...`. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface Layer {
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
export interface LayoutFile {
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
