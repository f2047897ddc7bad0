import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDockerRegistry, type DockerRegistry } from "../servers/docker-registry";
import { contentOf } from "./content";
import { eventLog, previewThenUp } from "./operations";
import { World } from "./world";

const program = (targets: readonly object[]): string => `
new StylusImage("edge", args({
  formats: ["qcow2"],
  publishTo: ${JSON.stringify(targets)} as any,
}));
`;

describe("The identity of a target (P2)", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.remove());

  it("P2: two spellings of one target are refused with their path, before anything runs", async () => {
    const s3 = (endpoint: string) => ({
      type: "s3",
      bucket: "images",
      region: "us-east-1",
      endpoint,
    });
    const stack = await world.stack(
      "one",
      program([
        { type: "directory", path: "images" },
        s3("https://h"),
        { type: "directory", path: "./a/../images/" },
        s3("https://H.:443/"),
        { type: "http", url: "https://h" },
        { type: "http", url: "https://H:443/" },
        { type: "oci", repository: "registry.example.com/team/edge" },
        { type: "oci", repository: "Registry.example.com:443/team/edge" },
      ]),
    );
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { output } = await stack.run(command, 255).catch(() => stack.run(command, 1));
      const refused = [...output.matchAll(/publishTo\[(\d)\].{0,80}repeats a target/g)];
      assert.deepEqual([...new Set(refused.map(([, index]) => index))].sort(), [
        "2",
        "3",
        "5",
        "7",
      ]);
    }
    assert.equal(await world.disks(), 0);
    assert.deepEqual(
      await contentOf(world.folder).then((files) =>
        Object.keys(files).filter((it) => it.includes(".stylus-image")),
      ),
      [],
    );
  });
});

describe("The identity that an earlier version stored (P2)", () => {
  let world: World;
  let registry: DockerRegistry;
  before(async () => {
    world = await World.create();
    registry = await startDockerRegistry();
  });
  after(async () => {
    await registry.stop();
    await world.remove();
  });

  it("P2: a name in capitals in state and record is the same target: nothing changes, is pushed or lost", async () => {
    const target = (host: string) => [
      { type: "directory", path: join(world.folder, "images") },
      { type: "oci", repository: `${host}:${registry.port}/team/edge`, plainHttp: true },
    ];
    const stack = await world.stack("one", program(target("localhost")), { env: eventLog });
    await stack.up();
    const state = join(world.folder, "backend", ".pulumi", "stacks", "fleet", "one.json");
    const text = await readFile(state, "utf8");
    assert.match(text, /oci:\/\/localhost:/);
    await writeFile(state, text.replaceAll("oci://localhost:", "oci://LOCALHOST:"));
    const requests = async () =>
      (await registry.accessLog()).filter(
        ({ method, status }) => ["PUT", "PATCH"].includes(method) && status < 300,
      ).length;
    const before = await requests();
    assert.deepEqual((await previewThenUp(stack)).up.operations, { edge: "same" });
    await world.rewrite(stack, program(target("LocalHost")));
    await stack.up();
    assert.equal(await requests(), before);
    assert.equal(await world.disks(), 1);
    await stack.destroy();
    const answer = await fetch(`http://${registry.host}/v2/team/edge/tags/list`);
    const { tags } = (await answer.json()) as { tags?: string[] | null };
    assert.deepEqual(tags ?? [], []);
    assert.deepEqual(await world.records(), []);
  });
});
