import assert from "node:assert/strict";
import { artifact } from "../../../sdk";
import { publicationAt } from "../agent/samples";

const artifacts = [
  publicationAt("directory:a", "raw"),
  publicationAt("directory:a", "qcow2"),
  publicationAt("s3://b", "qcow2"),
];

describe("artifact", () => {
  it("returns the artifact of a format", () =>
    assert.equal(artifact({ artifacts }, "raw"), artifacts[0]));
  it("returns the first of several artifacts", () =>
    assert.equal(artifact({ artifacts }, "qcow2"), artifacts[1]));
  it("returns the artifact at a target", () =>
    assert.equal(artifact({ artifacts }, "qcow2", "s3://b"), artifacts[2]));

  const errors: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "of a format",
      () => artifact({ artifacts }, "ova"),
      /^The image has no artifact "ova"; it has raw at directory:a, qcow2 at directory:a, qcow2 at s3:\/\/b\. Add the format to `formats`\.$/,
    ],
    [
      "at a target",
      () => artifact({ artifacts }, "raw", "s3://b"),
      /no artifact "raw" at s3:\/\/b; it has raw at directory:a/,
    ],
    ["of an image without any", () => artifact({ artifacts: [] }, "raw"), /it has none yet/],
    [
      "of what another stack does not export",
      () => artifact(undefined, "raw"),
      /Export `image\.outputs`/,
    ],
    ["of what is no image", () => artifact({}, "raw"), /not the outputs of a StylusImage/],
  ];
  for (const [what, ask, text] of errors) {
    it(`throws ${what}`, () => assert.throws(ask, { message: text }));
  }
});
