import assert from "node:assert/strict";
import { execa } from "execa";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { startUploadServer, type UploadServer } from "../servers/upload-server";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { engage, eventLog, imageInState } from "./operations";
import { World } from "./world";

const repository = join(__dirname, "..", "..");

describe("Targets that are gone for good", () => {
  let world: World;
  let s3: Versitygw;
  let proxy: FaultProxy;
  let server: UploadServer;

  before(async () => {
    world = await World.create();
    s3 = await startVersitygw();
    await s3.createBucket("images");
    proxy = await startFaultProxy(s3.port);
    server = await startUploadServer();
  });
  after(async () => {
    await Promise.all([proxy.stop(), s3.stop(), server.stop()]);
    await world.remove();
  });
  afterEach(() => {
    server.refuse = () => undefined;
    proxy.reset();
  });

  const program = (...targets: readonly ("folder" | "server" | "bucket")[]): string => {
    const specs = {
      folder: `{ type: "directory", path: folder + "/images" }`,
      server: `{ type: "http", url: "${server.origin}/images" }`,
      bucket: `{ type: "s3", bucket: "images", endpoint: "${proxy.endpoint}", region: "us-east-1", pathStyle: true }`,
    };
    return `new StylusImage("edge", args({ publishTo: [${targets.map((it) => specs[it]).join(", ")}] }));`;
  };
  const stackOf = (name: string, text: string): Promise<Stack> =>
    world.stack(name, text, {
      env: {
        ...eventLog,
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      },
    });
  /** Fails every request at once, as a server that is switched off does. */
  const switchOffBucket = (): void =>
    proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" } });
  const inBucket = async (): Promise<string[]> => {
    const names = await readdir(join(s3.folder, "images"), { recursive: true });
    return names.filter((name) => /\.qcow2$|owners\/.*json$/.test(name)).sort();
  };
  /** Runs the command that a message names, on the stack's machine. */
  const runAdvice = async (output: string): Promise<string> => {
    const [, command = ""] = /`stylus-image (forget [^`]+)`/.exec(output) ?? [];
    assert.notEqual(command, "", output);
    const program = join(repository, "dist", "provider", "cli", "main.js");
    const env = { XDG_CACHE_HOME: join(world.folder, "machine") };
    const ran = await execa(process.execPath, [program, ...command.split(" ")], { env });
    return ran.stdout;
  };
  const former = async (stack: Stack): Promise<unknown> =>
    (await imageInState(stack))?.["formerArtifacts"];

  it("P8: an update leaves a web server that does not answer, says so, and removes the file when it is back", async () => {
    const stack = await stackOf("web", program("folder", "server"));
    await stack.up();
    assert.equal(server.files.size, 1);
    server.refuse = () => 503;
    await world.rewrite(stack, program("folder"));
    const { output } = await stack.up();
    assert.match(output, /warning: .*was not removed from http.*no longer in `publishTo`/);
    assert.match(output, /try again/);
    assert.match(output, /stylus-image forget edge-[0-9a-f]{12} --to http/);
    assert.equal(((await former(stack)) as unknown[]).length, 1);
    // Another `up` works, too, and a preview says why there is a change.
    const preview = await engage(stack, ["preview", "--diff"]);
    assert.deepEqual(preview.operations, { edge: "update" });
    assert.match(preview.output, /could not be removed from the former target http/);
    await stack.up();
    assert.equal(server.files.size, 1);
    server.refuse = () => undefined;
    await stack.up();
    assert.equal(server.files.size, 0);
    assert.equal(await former(stack), undefined);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
  });

  it("P8: `destroy` fails while a former bucket is dead, and `forget` is the way out", async () => {
    const stack = await stackOf("forgotten", program("folder", "bucket"));
    await stack.up();
    switchOffBucket();
    await world.rewrite(stack, program("folder"));
    await stack.up();
    const before = await inBucket();
    const failed = await stack.run(["destroy", "--yes", "--skip-preview"], 1);
    assert.match(failed.output, /could not be removed from s3:\/\/images/);
    assert.match(failed.output, /s3:\/\/images\/edge-.*may still exist/);
    const advice = await runAdvice(failed.output);
    assert.match(advice, /Nothing was removed/);
    assert.match(advice, /s3:\/\/images\/edge-[^ ]*\.qcow2/);
    assert.match(advice, /\.stylus-image\/[0-9a-f]{64}\//);
    const { output } = await stack.destroy();
    assert.match(output, /given up there by `stylus-image forget`/);
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
    assert.deepEqual(await inBucket(), before);
    assert.equal(existsSync(join(world.folder, "machine/stylus-image/forgotten/x")), false);
  });

  it("P8: a replacement at the same time does not block: `forget` lets the old image go", async () => {
    proxy.reset();
    const stack = await stackOf("replaced", program("folder", "server"));
    await stack.up();
    server.refuse = () => 503;
    await world.rewrite(
      stack,
      program("folder").replace("publishTo:", `triggers: ["again"], publishTo:`),
    );
    const failed = await stack.run(["up", "--yes", "--skip-preview"], 1);
    await runAdvice(failed.output);
    await stack.up();
    await stack.up("--expect-no-changes");
    assert.equal((await world.published()).length, 1);
    await stack.destroy();
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
  });
});
