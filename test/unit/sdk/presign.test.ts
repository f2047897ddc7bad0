import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { presign, type Artifact } from "../../../sdk";
import { publicationAt } from "../agent/samples";

const target = {
  type: "s3",
  bucket: "store",
  region: "eu-north-1",
  accessKeyId: "id",
  secretAccessKey: "the-secret",
} as const;
const artifact: Artifact = {
  ...publicationAt("s3://store"),
  format: "ova",
  uri: "s3://store/edge-1/edge-2.ova",
};
const signed =
  /^https:\/\/store\.s3\.eu-north-1\.amazonaws\.com\/edge-1\/edge-2\.ova\?.*X-Amz-Expires=60&.*edge-2\.ova$/;

const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
const setMocks = (mode: "up" | "preview") =>
  pulumi.runtime.setMocks(mocks, "project", "stack", mode === "preview");

interface Knowable {
  readonly isKnown: Promise<boolean>;
  readonly promise: () => Promise<unknown>;
}

/** Every output has this; its public type does not say so. */
const knowable = (output: object): Knowable => {
  assert.ok("isKnown" in output && "promise" in output);
  return output as Knowable;
};

describe("presign", () => {
  beforeEach(() => setMocks("up"));
  after(() => setMocks("up"));

  it("signs plain data, such as that of a StackReference", async () => {
    const url = await presign(artifact, { expiresIn: 60, target });
    assert.match(url, signed);
    assert.ok(!url.includes("the-secret"));
    assert.ok(!url.includes("checksum"), "nothing that only uploads have");
  });

  it("returns a secret output for an output, with outputs as options", async () => {
    const options = { expiresIn: pulumi.output(60), target: pulumi.output(target) };
    const url = presign(pulumi.output(artifact), options);
    assert.equal(await pulumi.isSecret(url), true);
    assert.match(String(await knowable(url).promise()), signed);
  });

  it("is unknown in a preview, so that no plan contains a URL", async () => {
    await setMocks("preview");
    const url = presign(pulumi.output(artifact), { expiresIn: 60, target });
    assert.equal(await knowable(url).isKnown, false);
  });

  it("rejects an invalid lifetime", async () => {
    await assert.rejects(presign(artifact, { expiresIn: 700_000, target }), /7 days/);
  });
});
