import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  blobName,
  imageFiles,
  layoutMarker,
} from "../../../../provider/formats/container-disk/oci-archive";

const layer = {
  descriptor: { mediaType: "type/x", digest: `sha256:${"a".repeat(64)}`, size: 9_000_000_000 },
  diffId: `sha256:${"b".repeat(64)}`,
};
const settings = { environment: { B: "2", A: "1=2" }, labels: { "a/b": 'x"\n' } };

const parse = (content: Buffer): unknown => JSON.parse(content.toString("utf8"));
const digest = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

describe("imageFiles", () => {
  const [config, manifest, index] = imageFiles(layer, settings);

  it("names each blob by its digest", () => {
    for (const { name, content } of [config!, manifest!]) {
      assert.equal(name, `blobs/sha256/${digest(content).slice("sha256:".length)}`);
    }
    assert.equal(blobName(layer.descriptor.digest), `blobs/sha256/${"a".repeat(64)}`);
    assert.equal(index!.name, "index.json");
  });

  it("leads from the index to the manifest, with a tag and a platform", () => {
    assert.deepEqual(parse(index!.content), {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: digest(manifest!.content),
          size: manifest!.content.length,
          platform: { architecture: "amd64", os: "linux" },
          annotations: { "org.opencontainers.image.ref.name": "latest" },
        },
      ],
    });
  });

  it("leads from the manifest to the configuration and the layer", () => {
    assert.deepEqual(parse(manifest!.content), {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: digest(config!.content),
        size: config!.content.length,
      },
      layers: [layer.descriptor],
    });
  });

  it("configures what the layer unpacks to, at a time that is always the same", () => {
    assert.deepEqual(parse(config!.content), {
      architecture: "amd64",
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      config: { Env: ["A=1=2", "B=2"], Labels: { "a/b": 'x"\n' } },
      rootfs: { type: "layers", diff_ids: [layer.diffId] },
    });
  });

  it("does not depend on the order of settings", () => {
    const turned = { environment: { A: "1=2", B: "2" }, labels: settings.labels };
    assert.deepEqual(imageFiles(layer, turned), [config, manifest, index]);
  });

  it("marks a layout of version 1.0.0", () => {
    assert.equal(layoutMarker.content.toString(), '{"imageLayoutVersion":"1.0.0"}');
  });
});
