import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { previewThenUp } from "../contract/operations";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { Example } from "./example";

interface Outputs {
  readonly qcow2: string;
  readonly sha256: string;
}

describe("examples/s3", () => {
  let s3: Versitygw;
  let example: Example;

  before(async () => {
    s3 = await startVersitygw();
    await s3.createBucket("images");
    example = await Example.copy("s3", {
      config: { bucket: "images", endpoint: s3.endpoint },
      env: { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
    });
  });
  after(async () => {
    await example.remove();
    await s3.stop();
  });

  const objects = async (): Promise<string[]> => {
    const names = await readdir(join(s3.folder, "images"), { recursive: true });
    return names.filter((name) => /\.(raw\.zst|qcow2)$/.test(name));
  };

  it("makes both images", async () => {
    await example.stack.up();
    const { qcow2, sha256 } = await example.stack.outputs<Outputs>();
    const names = await objects();
    assert.equal(names.length, 2);
    assert.ok(names.includes(new URL(qcow2).pathname.replace("/images/", "")), qcow2);
    assert.match(sha256, /^[0-9a-f]{64}$/);
  });

  it("changes nothing the second time", async () => {
    const { preview, up } = await previewThenUp(example.stack);
    assert.deepEqual(preview.operations, { edge: "same" });
    assert.deepEqual(up.operations, { edge: "same" });
  });

  it("keeps no keys in its state", async () => {
    const { output } = await example.stack.run(["stack", "export", "--show-secrets"]);
    assert.ok(output.includes("edge-"));
    for (const key of [s3.accessKeyId, s3.secretAccessKey]) assert.ok(!output.includes(key));
  });

  it("leaves nothing", async () => {
    await example.stack.destroy();
    assert.deepEqual(await objects(), []);
  });
});
