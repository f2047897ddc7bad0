import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { GiB } from "../../../../provider/base/size";
import { dataVolumeTemplate } from "../../../../sdk";
import {
  inBucket,
  inCluster,
  inFolder,
  inRegistry,
  onServer,
  outputsWith,
  type Refusal,
} from "./samples";

const image = outputsWith(onServer("qcow2"));
const sizeOf = (size?: number | string): string =>
  dataVolumeTemplate(image, { size }).spec.storage.resources.requests.storage;

describe("dataVolumeTemplate", () => {
  it("returns a DataVolume of the size of the image's disk", () =>
    assert.deepEqual(dataVolumeTemplate(image, { checksum: false }), {
      apiVersion: "cdi.kubevirt.io/v1beta1",
      kind: "DataVolume",
      metadata: { name: "edge-0123456789" },
      spec: {
        source: { http: { url: onServer("qcow2").url } },
        storage: { resources: { requests: { storage: "100Gi" } } },
      },
    }));

  it("uses the options of metadata and storage", () => {
    const { metadata, spec } = dataVolumeTemplate(image, {
      name: "site",
      namespace: "machines",
      labels: { site: "17" },
      annotations: { "cdi.kubevirt.io/storage.bind.immediate.requested": "true" },
      storageClassName: "fast",
      accessModes: ["ReadWriteMany"],
      volumeMode: "Block",
    });
    assert.deepEqual(metadata, {
      name: "site-0123456789",
      namespace: "machines",
      labels: { site: "17" },
      annotations: { "cdi.kubevirt.io/storage.bind.immediate.requested": "true" },
    });
    assert.deepEqual(spec.storage, {
      resources: { requests: { storage: "100Gi" } },
      storageClassName: "fast",
      accessModes: ["ReadWriteMany"],
      volumeMode: "Block",
    });
  });

  it("clones the volume of a cdi target under another name", () => {
    const { metadata, spec } = dataVolumeTemplate(outputsWith(inCluster("qcow2")));
    assert.deepEqual(metadata, { name: "edge-0123456789" });
    assert.deepEqual(spec.source, { pvc: { namespace: "images", name: "edge-bbbbbbbbbbbb" } });
  });

  describe("size", () => {
    const table = [
      [undefined, "100Gi"],
      [100 * GiB, "100Gi"],
      ["120GiB", "120Gi"],
      ["120Gi", "120Gi"],
      ["1TiB", "1024Gi"],
      [100 * GiB + 1024 * 1024, "102401Mi"],
      [100 * GiB + 1, "107374182401"],
    ] as const;
    for (const [size, expected] of table) {
      it(`${size ?? "of the image"} is ${expected}`, () => assert.equal(sizeOf(size), expected));
    }

    it("is sufficient for a single artifact, which has no size", () => {
      const { spec } = dataVolumeTemplate(onServer("qcow2"), { size: "40GiB" });
      assert.equal(spec.storage.resources.requests.storage, "40Gi");
    });
  });

  describe("name", () => {
    const bases = ["edge", "Edge_Site.7", "a".repeat(63), `${"a".repeat(51)}-b`, "9", "-x-", "été"];
    const digests = Array.from({ length: 50 }, (_, index) =>
      createHash("sha256").update(String(index)).digest("hex"),
    );
    const nameOf = (base: string | undefined, digest: string): string =>
      dataVolumeTemplate(outputsWith(inBucket("qcow2", digest)), {
        name: base,
        access: "http",
      }).metadata.name;

    it("is a DNS label for any first part", () => {
      for (const base of bases) {
        for (const digest of digests) {
          assert.match(nameOf(base, digest), /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, base);
        }
      }
    });
    it("differs only with the content", () => {
      for (const base of bases) {
        const names = [...digests, ...digests].map((digest) => nameOf(base, digest));
        assert.equal(new Set(names).size, digests.length, base);
      }
    });
    it("ends in ten digits of the digest", () =>
      assert.ok(nameOf("edge", digests[7]!).endsWith(`-${digests[7]!.slice(0, 10)}`)));
    it("begins like the artifact's name by default", () => {
      assert.equal(nameOf(undefined, digests[0]!), nameOf("edge", digests[0]!));
      assert.equal(dataVolumeTemplate(outputsWith(inRegistry())).metadata.name, "disk-0123456789");
    });
    it("uses the artifact key if there is no SHA-256", () => {
      const raw = { ...onServer("raw"), sha256: undefined };
      assert.equal(dataVolumeTemplate(raw, { size: 1 }).metadata.name, "edge-ffffffffff");
    });
  });

  const refusals: readonly Refusal[] = [
    {
      of: "a size below the disk's",
      ask: () => sizeOf("99GiB"),
      text: /`size` is 99Gi, but the disk has 100Gi\. Remove `size`/,
    },
    {
      of: "a size that is none",
      ask: () => sizeOf("large"),
      text: /`size` is "large", which is not a size/,
    },
    { of: "a size of nothing", ask: () => sizeOf(0), text: /`size` is "0"/ },
    {
      of: "one artifact without a size",
      ask: () => dataVolumeTemplate(onServer("qcow2")),
      text: /does not contain the size of the disk\. Set `size`/,
    },
    {
      of: "a name of which nothing is left",
      ask: () => dataVolumeTemplate(image, { name: "_" }),
      text: /`name` is "_", which cannot be converted to a name in Kubernetes/,
    },
    {
      of: "what a cluster cannot read",
      ask: () => dataVolumeTemplate(outputsWith(inFolder("qcow2"))),
      text: /pods in the cluster cannot access/,
    },
  ];
  for (const { of, ask, text } of refusals) {
    it(`rejects ${of}`, () => assert.throws(ask, { message: text, code: "input.invalid" }));
  }
});
