import assert from "node:assert/strict";
import {
  keysOfOwner,
  markerStates,
  ownerTag,
  parseOwnerPath,
  recordPaths,
} from "../../../provider/plan/record";
import type { Publication } from "../../../provider/schema/state";

const publication: Publication = {
  format: "raw",
  target: "directory:x",
  uri: "file:///x/a.raw",
  url: "file:///x/a.raw",
  sizeBytes: 1,
  mediaType: "m",
  artifactKey: "0123456789abcdef".repeat(4),
  encoder: "none",
};

describe("recordPaths", () => {
  // Records of old versions lie under these paths, so the paths never change.
  for (const [name, path, expected] of [
    ["head", recordPaths.head("k"), ".stylus-image/k/head.json"],
    ["publications", recordPaths.publications("k"), ".stylus-image/k/publications/"],
    ["owners", recordPaths.owners("k"), ".stylus-image/k/owners/"],
    ["owner", recordPaths.owner("k", "i", "live"), ".stylus-image/k/owners/i.live.json"],
    ["requests", recordPaths.requests, ".stylus-image/requests/"],
    ["request", recordPaths.request("r"), ".stylus-image/requests/r.json"],
    [
      "publication",
      recordPaths.publication("k", publication),
      ".stylus-image/k/publications/0123456789ab-8c82365e8a67.json",
    ],
  ] as const) {
    it(`writes the ${name} to ${expected}`, () => assert.equal(path, expected));
  }

  it("gives the same artifact at two addresses two files", () => {
    const other = { ...publication, uri: "s3://b/a.raw" };
    assert.notEqual(recordPaths.publication("k", publication), recordPaths.publication("k", other));
  });
});

describe("keysOfOwner", () => {
  const pathOf = (key: string, instance: string): string =>
    recordPaths.owner(key.repeat(64), instance, "live");

  it("finds an owner's images by the names of markers, each once", () => {
    const paths = [
      pathOf("1", `${ownerTag("urn:me")}-a`),
      pathOf("1", `${ownerTag("urn:me")}-b`),
      pathOf("2", `${ownerTag("urn:you")}-a`),
      pathOf("3", "cli-a"),
      recordPaths.head("4".repeat(64)),
      pathOf("5", `${ownerTag("urn:me")}-a`),
    ];
    assert.deepEqual(keysOfOwner(paths, "urn:me"), ["1".repeat(64), "5".repeat(64)]);
  });

  it("tells owners apart by a part of a hash that never changes", () => {
    // Markers of old versions are found by this tag, so it never changes.
    assert.equal(ownerTag("urn:me"), "a11627637b7f");
    assert.deepEqual(parseOwnerPath(`/${pathOf("1", `${ownerTag("urn:me")}-a`)}`)?.state, "live");
  });
});

describe("parseOwnerPath", () => {
  for (const state of markerStates) {
    it(`reads back a ${state} marker`, () => {
      const path = recordPaths.owner("k", "0a1b-cli-2", state);
      assert.deepEqual(parseOwnerPath(path), { instance: "0a1b-cli-2", state });
    });
  }
  for (const path of [
    ".stylus-image/k/head.json",
    ".stylus-image/k/owners/i.json",
    ".stylus-image/k/owners/i.gone.json",
    ".stylus-image/k/owners/i.live.json.partial",
    ".stylus-image/k/owners/.live.json",
    ".stylus-image/k/owners/a/b.live.json",
    "owners/i.live.json",
    "",
  ]) {
    it(`takes "${path}" for no marker`, () => assert.equal(parseOwnerPath(path), undefined));
  }
});
