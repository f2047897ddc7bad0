import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { startFaultProxy, type FaultProxy, type ProxiedRequest } from "../servers/fault-proxy";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { World } from "./world";

/** Matches a line of a stack trace. */
const stackLine = /^\s+at .*\(?.*:\d+:\d+\)?$/m;

const failing = async (stack: Stack, ...args: string[]): Promise<string> => {
  const { all, exitCode } = await stack.start(args);
  assert.notEqual(exitCode, 0, all);
  assert.doesNotMatch(all, stackLine);
  assert.doesNotMatch(all, /\[internal\]|\[object Object\]/);
  return all;
};
const failingUp = (stack: Stack): Promise<string> =>
  failing(stack, "up", "--yes", "--skip-preview");

describe("Errors (6)", () => {
  let world: World;
  let stack: Stack;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.remove());

  it("6: reports all problems of the inputs at once with their property paths, including a missing file", async () => {
    stack = await world.stack(
      "faulty",
      `new StylusImage("edge", args({
        installer: { url: "https://h/a.iso", sha256: "short" },
        users: [{ name: "ops" }, { name: "No Name", password: "p" }],
        machine: { memory: "lots", diskSize: "1GiB" },
        publishTo: [{ type: "s3", bucket: "b", accessKeyId: "i" }],
      }));`,
    );
    const told = await failing(stack, "preview");
    for (const [path, reason] of [
      ["installer.sha256", "must be a SHA-256: 64 hexadecimal digits"],
      ["users[0]", "cannot log in"],
      ["users[1].name", "must be a Linux user name"],
      ["machine.memory", '"lots" is not a size'],
      ["publishTo[0].secretAccessKey", "is missing"],
    ] as const) {
      const line = `property ${path} value {<nil>} has a problem: `;
      assert.ok(
        told
          .split(line)
          .slice(1)
          .some((text) => text.slice(0, 80).includes(reason)),
        `${path}: ${reason} is missing in ${told}`,
      );
    }
    await world.rewrite(
      stack,
      `new StylusImage("edge", args({ installer: folder + "/nowhere.iso" }));`,
    );
    const missing = await failing(stack, "preview");
    assert.match(missing, /nowhere\.iso.*\[installer\.not-found\]/);
  });

  it("6: reports a failed install in full, and leaves neither resource nor record if nothing was published", async () => {
    await world.steer({ fail: "install.stalled" });
    stack = await world.stack("failed", `new StylusImage("edge", args());`);
    const told = await failingUp(stack);
    assert.match(
      told,
      /The test's agent was told to fail\. Do not tell it to\. \[install\.stalled\]\n\s+last output:\n\s+last line of the console/,
    );
    assert.doesNotMatch(await stack.stateText(), /StylusImage::edge/);
    assert.deepEqual(
      (await world.files()).filter((name) => /owners|publications|head/.test(name)),
      [],
    );
  });

  describe("of a create that published some artifacts", () => {
    let s3: Versitygw;
    let proxy: FaultProxy;
    before(async () => {
      s3 = await startVersitygw();
      proxy = await startFaultProxy(s3.port);
      await s3.createBucket("images");
    });
    after(() => Promise.all([proxy.stop(), s3.stop()]));

    const isUpload = ({ method, path }: ProxiedRequest): boolean =>
      method === "PUT" && path.includes(".qcow2") && !path.includes(".stylus-image");
    const deny = (): void =>
      proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" }, when: isUpload });
    const objects = async (): Promise<string[]> =>
      (await readdir(join(s3.folder, "images"), { recursive: true })).filter((name) =>
        name.endsWith(".qcow2"),
      );

    it("6: keep the artifacts in state; destroy removes them, and the next up publishes the rest", async () => {
      stack = await world.stack(
        "partial",
        `const bucket = {
           type: "s3", bucket: "images", region: "us-east-1", endpoint: "${proxy.endpoint}",
         } as const;
         const image = new StylusImage("edge", args({
           publishTo: [{ type: "directory", path: folder + "/images" }, bucket],
         }));
         export const pending = image.pending;`,
        { env: { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey } },
      );
      deny();
      assert.match(await failingUp(stack), /\[publish\.denied\]/);
      const state = JSON.parse(await stack.stateText()) as {
        checkpoint: { latest: { resources: { id?: string; outputs?: Record<string, unknown> }[] } };
      };
      const image = state.checkpoint.latest.resources.find(({ id }) => id?.startsWith("edge-"));
      assert.ok(image?.outputs?.["__provider"] !== undefined);
      assert.deepEqual(
        (image.outputs["pending"] as { format: string }[]).map(({ format }) => format),
        ["qcow2"],
      );
      assert.equal((await world.published()).length, 1);
      await stack.destroy();
      assert.deepEqual(await world.published(), []);

      assert.match(await failingUp(stack), /\[publish\.denied\]/);
      proxy.reset();
      await stack.up();
      assert.deepEqual(await stack.outputs(), { pending: [] });
      assert.equal(await world.disks(), 1);
      assert.equal((await objects()).length, 1);
      await stack.destroy();
      assert.deepEqual([...(await world.published()), ...(await objects())], []);
    });
  });
});
