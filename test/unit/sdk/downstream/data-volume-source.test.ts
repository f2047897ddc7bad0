import assert from "node:assert/strict";
import { dataVolumeSource } from "../../../../sdk";
import {
  inBucket,
  inCluster,
  inFolder,
  inPathStyleBucket,
  inRegistry,
  onServer,
  outputsWith,
  sha256,
  type Refusal,
} from "./samples";

const keys = { secretRef: "keys" };
const virtualHosted = "https://s3.eu-west-1.amazonaws.com/bucket/images/";
const name = "edge-aaaaaaaaaaaa/edge-bbbbbbbbbbbb";

describe("dataVolumeSource", () => {
  const table: readonly (readonly [string, unknown, unknown])[] = [
    [
      "a bucket, with the bucket in the path, where CDI looks for it",
      dataVolumeSource(inBucket("qcow2"), keys),
      { s3: { url: `${virtualHosted}${name}.qcow2`, secretRef: "keys" } },
    ],
    [
      "a bucket whose address has it there already",
      dataVolumeSource(inPathStyleBucket("raw"), { ...keys, certConfigMap: "ca" }),
      {
        s3: {
          url: `https://minio.example:9000/bucket/${name}.raw.zst`,
          secretRef: "keys",
          certConfigMap: "ca",
        },
      },
    ],
    [
      "a public object over HTTP, with its checksum",
      dataVolumeSource(inBucket("qcow2"), { access: "http" }),
      { http: { url: inBucket("qcow2").url, checksum: `sha256:${sha256}` } },
    ],
    [
      "a web server, with all that it asks for",
      dataVolumeSource(onServer("raw"), {
        ...keys,
        certConfigMap: "ca",
        extraHeaders: ["X-One: 1"],
        secretExtraHeaders: ["header"],
      }),
      {
        http: {
          url: onServer("raw").url,
          checksum: `sha256:${sha256}`,
          secretRef: "keys",
          certConfigMap: "ca",
          extraHeaders: ["X-One: 1"],
          secretExtraHeaders: ["header"],
        },
      },
    ],
    [
      "a web server for a CDI that knows no checksum",
      dataVolumeSource(onServer("raw"), { checksum: false }),
      { http: { url: onServer("raw").url } },
    ],
    [
      "a web server without a checksum where none is known",
      dataVolumeSource({ ...onServer("raw"), sha256: undefined }),
      { http: { url: onServer("raw").url } },
    ],
    [
      "a containerdisk in a registry by its digest",
      dataVolumeSource(inRegistry(), { ...keys, certConfigMap: "ca", pullMethod: "node" }),
      {
        registry: {
          url: `docker://registry.example/edge/disk@sha256:${sha256}`,
          secretRef: "keys",
          certConfigMap: "ca",
          pullMethod: "node",
        },
      },
    ],
    [
      "the volume that CDI made of it already, to be cloned",
      dataVolumeSource(inCluster("qcow2"), keys),
      { pvc: { namespace: "images", name: "edge-bbbbbbbbbbbb" } },
    ],
  ];
  for (const [what, made, expected] of table) {
    it(`returns ${what}`, () => assert.deepEqual(made, expected));
  }

  describe("of an image", () => {
    const image = outputsWith(
      inFolder("qcow2"),
      inBucket("ova"),
      inBucket("containerdisk"),
      onServer("raw"),
      inBucket("qcow2"),
      inRegistry(),
    );

    it("selects the first artifact that a cluster can read", () =>
      assert.deepEqual(dataVolumeSource(image), dataVolumeSource(onServer("raw"))));
    it("selects the requested format", () =>
      assert.deepEqual(
        dataVolumeSource(image, { format: "qcow2", ...keys }),
        dataVolumeSource(inBucket("qcow2"), keys),
      ));
    it("skips a containerdisk that is a file", () =>
      assert.deepEqual(
        dataVolumeSource(image, { format: "containerdisk" }),
        dataVolumeSource(inRegistry()),
      ));
    it("selects the requested target", () =>
      assert.deepEqual(
        dataVolumeSource(image, { target: "s3://bucket/images", ...keys }),
        dataVolumeSource(inBucket("qcow2"), keys),
      ));
  });

  const nothing: unknown = undefined;
  const refusals: readonly Refusal[] = [
    {
      of: "an image without a format that CDI reads",
      ask: () => dataVolumeSource(outputsWith(inBucket("ova"))),
      text: /no artifact that CDI can read\. It has ova at s3:\/\/bucket\/images; requested is qcow2 or raw or containerdisk\. Add one of .* to `formats`/,
    },
    {
      of: "an image without the format that is asked for",
      ask: () => dataVolumeSource(outputsWith(onServer("qcow2")), { format: "raw" }),
      text: /It has qcow2 at https:\/\/files\.example\/images; requested is raw\./,
    },
    {
      of: "a target without one",
      ask: () => dataVolumeSource(outputsWith(onServer("qcow2")), { target: "s3://other" }),
      text: /no artifact at s3:\/\/other that CDI/,
    },
    {
      of: "an image that only lies in a folder",
      ask: () => dataVolumeSource(outputsWith(inFolder("qcow2"))),
      text: /CDI cannot read the artifact "qcow2" at directory:images\. .*pods in the cluster cannot access\. Publish it to an `s3` target/,
    },
    {
      of: "one artifact in a folder",
      ask: () => dataVolumeSource(inFolder("raw")),
      text: /pods in the cluster cannot access/,
    },
    {
      of: "a containerdisk in a bucket",
      ask: () => dataVolumeSource(inBucket("containerdisk")),
      text: /a tar file, which CDI would import as a disk\. Publish it to an `oci` target/,
    },
    {
      of: "a qcow2 in a registry",
      ask: () => dataVolumeSource(inRegistry("qcow2")),
      text: /from a registry it reads only containerdisks/,
    },
    {
      of: "a bucket without keys",
      ask: () => dataVolumeSource(inBucket("qcow2")),
      text: /`secretRef` is not set\. Set `secretRef`, or `access: "http"`/,
    },
    {
      of: "a bucket behind a path, which CDI would take for the bucket",
      ask: () =>
        dataVolumeSource(
          { ...inPathStyleBucket("qcow2"), url: `https://h/s3/bucket/${name}.qcow2` },
          keys,
        ),
      text: /has a path before it/,
    },
    {
      of: "a registry's address without a digest",
      ask: () => dataVolumeSource({ ...inRegistry(), url: "registry.example/edge:latest" }),
      text: /has no repository and digest/,
    },
    {
      of: "what another stack does not export",
      ask: () => dataVolumeSource(nothing as never),
      text: /Export `image\.outputs`/,
    },
  ];
  for (const { of, ask, text } of refusals) {
    it(`rejects ${of}`, () => assert.throws(ask, { message: text }));
  }

  it("throws an error with a code", () =>
    assert.throws(() => dataVolumeSource(inBucket("qcow2")), { code: "input.invalid" }));
});
