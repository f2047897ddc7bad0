import assert from "node:assert/strict";
import { proxiesIn } from "../../../../provider/cli/doctor/proxies";
import { imageDocument, imageSummary, locationOf } from "../../../../provider/cli/terminal/output";
import type { ImageState, Publication } from "../../../../provider/schema/state";

const publication = (format: "raw" | "qcow2", target: string): Publication => ({
  format,
  target,
  uri: `${target}/${format}`,
  url: `file:///out%20put/${format}`,
  sizeBytes: 1024,
  mediaType: "x/y",
  artifactKey: "d".repeat(64),
  encoder: "none",
  ...(format === "qcow2" && { sha256: "e".repeat(64) }),
});

const state: ImageState = {
  schemaVersion: 1,
  instance: "cli-0123",
  installKey: "a".repeat(64),
  recipe: "1",
  installerSha256: "b".repeat(64),
  contentDigest: "c".repeat(64),
  virtualSizeBytes: 3 * 1024 ** 3,
  firmware: "bios",
  arch: "amd64",
  guestId: "g",
  scsiType: "s",
  artifacts: [
    publication("raw", "s3://b"),
    publication("qcow2", "s3://b"),
    publication("qcow2", "s3://a"),
  ],
  pending: [],
  missing: [],
};

describe("imageDocument", () => {
  it("contains every output except the instance, with sorted keys", () => {
    const keys = Object.keys(imageDocument(state));
    const expected = Object.keys(state).filter((key) => key !== "instance");
    assert.deepEqual(keys, expected.toSorted());
  });

  it("sorts artifacts in the same order in every run", () => {
    const shuffled = { ...state, artifacts: state.artifacts.toReversed() };
    assert.equal(JSON.stringify(imageDocument(state)), JSON.stringify(imageDocument(shuffled)));
  });
});

describe("imageSummary", () => {
  it("shows each artifact with location, size and SHA-256 if it has one", () => {
    const lines = imageSummary(state);
    assert.ok(lines.includes("raw  /out put/raw"));
    assert.equal(lines.filter((line) => line.includes("1 KiB (1024 bytes)")).length, 3);
    assert.equal(lines.filter((line) => line.includes("e".repeat(64))).length, 2);
  });

  it("shows the report if there is one", () => {
    assert.ok(imageSummary(state, "/r.html").includes("report          /r.html"));
    assert.ok(!imageSummary(state).some((line) => line.startsWith("report")));
  });

  it("shows the URL of an artifact that is not a file", () => {
    assert.equal(locationOf({ url: "https://b.example/k" }), "https://b.example/k");
  });
});

describe("proxiesIn", () => {
  it("returns variables in either case without user, password and query", () => {
    const shown = proxiesIn({
      HTTPS_PROXY: "http://user:pw@proxy:3128/?t=x",
      http_proxy: "http://proxy:80",
      no_proxy: "localhost",
      HTTP_PROXY: "",
    });
    assert.deepEqual(shown, {
      http_proxy: "http://proxy/",
      HTTPS_PROXY: "http://proxy:3128/",
      no_proxy: "localhost",
    });
  });
});
