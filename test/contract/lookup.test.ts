import assert from "node:assert/strict";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { startUploadServer, type UploadServer } from "../servers/upload-server";
import { engage, eventLog, imageInState } from "./operations";
import { World } from "./world";

describe("One lookup of what exists (P9)", () => {
  let world: World;
  let server: UploadServer;
  let proxy: FaultProxy;

  beforeEach(async () => {
    world = await World.create();
    server = await startUploadServer();
    proxy = await startFaultProxy(Number(new URL(server.origin).port));
  });
  afterEach(async () => {
    await Promise.all([proxy.stop(), server.stop()]);
    await world.remove();
  });

  it("P9: a preview of twenty new images asks a server that does not answer once", async () => {
    const program = `
for (let index = 0; index < 20; index++) {
  new StylusImage("edge-" + index, args({
    triggers: [index],
    publishTo: [{ type: "s3", bucket: "images", endpoint: "${proxy.endpoint}", region: "us-east-1" }],
  }));
}`;
    const credentials = { AWS_ACCESS_KEY_ID: "user", AWS_SECRET_ACCESS_KEY: "secret" };
    const stack = await world.stack("twenty", program, { env: { ...eventLog, ...credentials } });
    proxy.add({ fault: { type: "hold" } });
    const { operations } = await engage(stack, ["preview"]);
    assert.equal(Object.values(operations).filter((it) => it === "create").length, 20);
    // A record is two files and a listing, which are read at once.
    assert.ok(proxy.requests.length <= 3, `${proxy.requests.length} requests`);
    assert.ok(proxy.requests.length > 0);
  });

  it("P9: an update and a refresh end although one of two targets never answers, and keep its publications", async () => {
    const program = (formats: readonly string[]) => `
new StylusImage("edge", args({
  formats: ${JSON.stringify(formats)} as "qcow2"[],
  publishTo: [
    { type: "directory", path: folder + "/images" },
    { type: "http", url: "${proxy.endpoint}/images", formats: ["qcow2", "vmdk"] },
  ],
}));`;
    const both = ["qcow2", "vmdk"];
    const stack = await world.stack("silent", program(both), { env: eventLog });
    await stack.up();
    assert.equal(server.files.size, 2);
    proxy.reset();
    proxy.add({ fault: { type: "hold" } });
    const refreshed = await stack.refresh();
    assert.match(refreshed.output, /could not be checked and is kept: .*did not answer in time/);
    // Two publications, and one question.
    assert.equal(proxy.requests.length, 1);
    proxy.reset();
    proxy.add({ fault: { type: "hold" } });

    await world.rewrite(stack, program([...both, "raw"]));
    const updated = await stack.up();
    assert.match(updated.output, /could not be checked: .*did not answer in time/);
    assert.equal(proxy.requests.length, 1);
    const image = await imageInState(stack);
    assert.deepEqual([image?.["pending"], image?.["missing"]], [[], []]);
    assert.equal((await world.published()).length, 2);
    assert.equal(await world.disks(), 1);
  });

  it("P9: a cancelled preview does not wait for a server that does not answer", async () => {
    const program = `new StylusImage("edge", args({
  publishTo: [{ type: "s3", bucket: "images", endpoint: "${proxy.endpoint}", region: "us-east-1" }],
}));`;
    const credentials = { AWS_ACCESS_KEY_ID: "user", AWS_SECRET_ACCESS_KEY: "secret" };
    const stack = await world.stack("cancelled", program, { env: { ...credentials } });
    proxy.add({ fault: { type: "hold" } });
    const running = stack.start(["preview"]);
    while (proxy.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(-running.pid!, "SIGINT");
    const { all } = await running;
    assert.doesNotMatch(all, /did not answer/);
    assert.match(all, /cancel/i);
  });
});
