import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addPublication, claimHead } from "../../../../provider/records/record";
import { s3Target } from "../../../../provider/targets/s3/target";
import { startVersitygw, type Versitygw } from "../../../servers/versitygw";
import { entryOf, head, installKey } from "../../../unit/agent/samples";
import { makeArtifact, never, quietly, recorded, sha256 } from "../../../support/artifacts";
import { s3Spec } from "../../targets/s3/spec";
import { runCli } from "../compiled-cli";

describe("presign", function () {
  this.timeout(300_000);
  let folder = "";
  let gateway: Versitygw;
  let content = "";
  let file = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-presign-"));
    gateway = await startVersitygw();
    await gateway.createBucket("store");
    const target = s3Target(s3Spec(gateway, { bucket: "store" }));
    const artifact = { ...(await makeArtifact(folder, 1000)), format: "ova" } as const;
    const name = artifact.name.replace("qcow2", "ova");
    file = name.split("/").at(-1) ?? "";
    const published = recorded(await target.publish({ ...artifact, name }, quietly()));
    content = published.sha256 ?? "";
    await claimHead(target.capabilities.records, head, never);
    await addPublication(target.capabilities.records, installKey, entryOf(published), never);
  });
  after(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function presign(...more: readonly string[]) {
    const to = ["presign", "--to", "s3://store/images", "--s3-endpoint", gateway.endpoint];
    const env = {
      XDG_CACHE_HOME: join(folder, "cache"),
      AWS_ACCESS_KEY_ID: gateway.accessKeyId,
      AWS_SECRET_ACCESS_KEY: gateway.secretAccessKey,
    };
    return runCli([...to, ...more], { cwd: folder, env });
  }

  for (const image of [`edge-${installKey.slice(0, 12)}`, installKey]) {
    it(`prints the URL of an artifact of ${image} and nothing else`, async () => {
      const { exitCode, stdout, stderr } = await presign(image, "--format", "ova");
      assert.deepEqual([exitCode, stderr], [0, ""]);
      assert.match(stdout, /^http:\/\/127[^\n]+X-Amz-Expires=3600&[^\n]+$/);
      assert.ok(stdout.endsWith(file), stdout);
      const answer = await fetch(stdout);
      assert.equal(sha256(Buffer.from(await answer.arrayBuffer())), content);
    });
  }

  it("makes a URL that is valid for --expires", async () => {
    const { stdout } = await presign(installKey, "--format", "ova", "--expires", "7d");
    assert.match(stdout, /X-Amz-Expires=604800/);
  });

  const faults: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    [
      "an --expires of more than 7 days",
      [installKey, "--format", "ova", "--expires", "8d"],
      2,
      /--expires/,
    ],
    ["an invalid --expires", [installKey, "--format", "ova", "--expires", "long"], 2, /30d/],
    [
      "a format that it lacks",
      [installKey, "--format", "raw"],
      2,
      /has no raw in this bucket. It has ova/,
    ],
    ["an unknown image", ["edge-999999999999", "--format", "ova"], 1, /record\.not-found/],
    ["two targets", [installKey, "--format", "ova", "--to", "s3://b"], 2, /--to: must be one s3:/],
  ];
  for (const [what, args, code, text] of faults) {
    it(`refuses ${what}`, async () => {
      const { exitCode, stdout, stderr } = await presign(...args);
      assert.deepEqual([exitCode, stdout], [code, ""], stderr);
      assert.match(stderr, text);
    });
  }
});
