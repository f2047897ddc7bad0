import { ociTargetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import {
  parseOciUri,
  permanentTag,
  ociUri,
  ociUrl,
  registryOf,
} from "../../../../provider/targets/oci/address";
import { ociTarget } from "../../../../provider/schema/targets/oci";
import { StylusError } from "../../../../provider/base/errors";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const artifactKey = "fedcba9876543210".repeat(4);

describe("addresses in a container registry", () => {
  it("tells the registry, the repository and the way there", () => {
    for (const [repository, plainHttp, registry] of [
      [
        "registry.example.com:5000/team/images",
        false,
        {
          host: "registry.example.com:5000",
          name: "team/images",
          origin: "https://registry.example.com:5000",
        },
      ],
      ["localhost/images", true, { host: "localhost", name: "images", origin: "http://localhost" }],
      [
        "docker.io/images",
        false,
        { host: "docker.io", name: "library/images", origin: "https://registry-1.docker.io" },
      ],
      [
        "index.docker.io/team/images",
        false,
        { host: "docker.io", name: "team/images", origin: "https://registry-1.docker.io" },
      ],
    ] as const) {
      assert.deepEqual(registryOf({ repository, plainHttp }), registry);
    }
  });

  it("keeps an artifact under image, install key and artifact key, within what a tag may be", () => {
    const name = "edge-0123456789ab/edge-fedcba987654.qcow2";
    assert.equal(permanentTag({ name, artifactKey }), "edge-0123456789ab-fedcba987654");
    const long = `${"n".repeat(200)}-0123456789ab/x`;
    assert.equal(permanentTag({ name: long, artifactKey }).length, 128);
    for (const odd of [".edge/x", "-edge/x", "ed ge/x", "édge/x"]) {
      assert.match(permanentTag({ name: odd, artifactKey }), /^\w[\w.-]{0,127}$/);
    }
  });

  it("writes a reference by digest for readers, and one with the tag for itself", () => {
    const location = { repository: "registry.example.com:5000/team/images", plainHttp: false };
    const kept = { tag: "edge-0123456789ab-fedcba987654", digest };
    const uri = ociUri(location, kept);
    assert.equal(ociUrl(location, digest), `registry.example.com:5000/team/images@${digest}`);
    assert.equal(uri, `oci://registry.example.com:5000/team/images:${kept.tag}@${digest}`);
    assert.equal(ociTargetId(location), "oci://registry.example.com:5000/team/images");
    assert.deepEqual(parseOciUri(location, uri), kept);
  });

  it("refuses what lies elsewhere, or is no address of ours", () => {
    const location = { repository: "registry.example.com/team/images", plainHttp: false };
    for (const uri of [
      `oci://registry.example.com/team/images2:tag@${digest}`,
      `oci://registry.example.com/team/images/more:tag@${digest}`,
      `oci://registry.example.com/team/images:tag@sha256:12`,
      `oci://registry.example.com/team/images@${digest}`,
      "s3://bucket/key",
    ]) {
      assert.throws(() => parseOciUri(location, uri), StylusError, uri);
    }
  });
});

describe("the spec of a container registry", () => {
  const parse = (more: Record<string, unknown>) =>
    ociTarget.safeParse({ type: "oci", repository: "registry.example.com/images", ...more });

  it("takes names of repositories as registries do", () => {
    for (const repository of [
      "registry.example.com/images",
      "registry.example.com:5000/team/edge.images/a__b/c--d",
      "localhost/images",
      "127.0.0.1:5000/images",
      "[::1]:5000/images",
      "docker.io/team/images",
    ]) {
      assert.ok(parse({ repository }).success, repository);
    }
    for (const repository of [
      "images",
      "team/images",
      "oci://registry.example.com/images",
      "https://registry.example.com/images",
      "registry.example.com/Images",
      "registry.example.com/images:latest",
      `registry.example.com/images@${digest}`,
      "registry.example.com/team//images",
      "registry.example.com/",
      "user:secret@registry.example.com/images",
      "registry.example.com/images?x=1",
    ]) {
      assert.ok(!parse({ repository }).success, repository);
    }
  });

  it("wants user and password together, a tag that is one, and a media type that is one", () => {
    assert.ok(parse({ username: "u", password: "p", tag: "v1.2", mediaType: "a/b+c" }).success);
    for (const more of [
      { username: "u" },
      { password: "p" },
      { tag: ".x" },
      { tag: "a/b" },
      { tag: "x".repeat(129) },
      { mediaType: "disk" },
    ]) {
      assert.ok(!parse(more).success, JSON.stringify(more));
    }
  });
});
