import assert from "node:assert/strict";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { startDockerRegistry, type DockerRegistry } from "../servers/docker-registry";
import { startNginx, type Nginx } from "../servers/nginx";
import { contentOf, ofImages } from "./content";
import { World } from "./world";

const program = (targets: readonly object[], formats: readonly string[]): string => `
new StylusImage("edge", args({
  formats: ${JSON.stringify(formats)} as "qcow2"[],
  publishTo: ${JSON.stringify(targets)} as any,
}));
`;

describe("A registry under two names (P1)", () => {
  let world: World;
  let registry: DockerRegistry;
  let stack: Stack;
  const folder = () => ({
    type: "directory",
    path: join(world.folder, "images"),
    formats: ["qcow2"],
  });
  const repository = (host: string, name = "team/edge") => ({
    type: "oci",
    repository: `${host}/${name}`,
    plainHttp: true,
    formats: ["containerdisk"],
  });
  const byNumber = () => repository(registry.host);
  const byName = () => repository(`localhost:${registry.port}`);
  const use = async (...targets: readonly object[]): Promise<string> => {
    await world.rewrite(stack, program(targets, ["qcow2", "containerdisk"]));
    return (await stack.up()).output;
  };
  const manifests = async (name = "team/edge"): Promise<readonly string[]> => {
    const answer = await fetch(`http://${registry.host}/v2/${name}/tags/list`);
    const { tags } = (await answer.json()) as { tags?: string[] | null };
    return (tags ?? []).sort();
  };
  const sent = async (): Promise<number> =>
    (await registry.accessLog()).filter(
      // The check before a build sends a manifest that the registry refuses.
      ({ method, path, status }) =>
        method === "PUT" && path.includes("/manifests/") && status === 201,
    ).length;

  before(async () => {
    world = await World.create();
    registry = await startDockerRegistry();
    stack = await world.stack("one", program([folder(), byNumber()], ["qcow2", "containerdisk"]));
    await stack.up();
  });
  after(async () => {
    await registry.stop();
    await world.remove();
  });

  it("P1: another name of a registry removes and pushes nothing, and destroy leaves nothing", async () => {
    const before = await manifests();
    assert.equal(before.length, 1);
    const pushed = await sent();
    for (const targets of [[byName()], [byNumber(), byName()], [byNumber()], [byName()]]) {
      await use(folder(), ...targets);
      assert.deepEqual(await manifests(), before);
    }
    assert.equal(await sent(), pushed);
    assert.equal(await world.disks(), 1);
    await stack.destroy();
    assert.deepEqual(await manifests(), []);
    assert.deepEqual(await world.records(), []);
  });

  it("P1: another repository of the same registry is another place, which is emptied when it is left", async () => {
    await use(folder(), byNumber());
    await use(folder(), repository(`localhost:${registry.port}`, "team/other"));
    assert.deepEqual(await manifests(), []);
    assert.equal((await manifests("team/other")).length, 1);
    await stack.destroy();
    assert.deepEqual(await manifests("team/other"), []);
  });
});

describe("A folder behind a web server (P1)", () => {
  let world: World;
  let nginx: Nginx;
  let stack: Stack;
  const folder = () => ({ type: "directory", path: join(nginx.folder, "images") });
  const web = (host = "127.0.0.1") => ({
    type: "http",
    url: `http://${host}:${nginx.port}/images`,
  });
  const use = async (...targets: readonly object[]): Promise<string> => {
    await world.rewrite(stack, program(targets, ["qcow2"]));
    return (await stack.up()).output;
  };
  const images = async (): Promise<Readonly<Record<string, string>>> => {
    const all = Object.entries(ofImages(await contentOf(nginx.folder)));
    return Object.fromEntries(all.filter(([path]) => path.endsWith(".qcow2")));
  };

  before(async () => {
    world = await World.create();
    nginx = await startNginx({ kind: "put" });
    stack = await world.stack("one", program([folder()], ["qcow2"]));
    await stack.up();
  });
  after(async () => {
    await nginx.stop();
    await world.remove();
  });

  it("P1: the URL of a folder that stays removes nothing, and destroy leaves nothing", async () => {
    const before = await images();
    assert.equal(Object.keys(before).length, 1);
    for (const targets of [[folder(), web()], [folder(), web("localhost")], [folder()]]) {
      await use(...targets);
      assert.deepEqual(await images(), before);
    }
    assert.equal(await world.disks(), 1);
    await stack.destroy();
    assert.deepEqual(ofImages(await contentOf(nginx.folder)), {});
  });
});
