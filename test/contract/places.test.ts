import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { contentOf, ofImages } from "./content";
import { eventLog } from "./operations";
import { World } from "./world";

const program = (targets: readonly object[], formats: readonly string[] = ["qcow2"]): string => `
const image = new StylusImage("edge", args({
  formats: ${JSON.stringify(formats)} as "qcow2"[],
  publishTo: ${JSON.stringify(targets)} as any,
}));
export const artifacts = image.artifacts;
`;

interface Outputs {
  readonly artifacts: readonly { readonly target: string; readonly uri: string }[];
}

/** All files with their content; of owner markers only the names, because a marker lists the targets of its owner. */
async function withoutMarkers(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = Object.entries(await contentOf(folder));
  return Object.fromEntries(
    entries.map(([path, digest]) => [path, path.includes("/owners/") ? "" : digest]),
  );
}

describe("A place under two spellings in S3 (P1)", () => {
  let world: World;
  let server: Versitygw;
  let stack: Stack;
  const bucket = (endpoint: string | undefined, name = "images", more: object = {}) => ({
    type: "s3",
    bucket: name,
    region: "us-east-1",
    prefix: "edge",
    ...(endpoint !== undefined && { endpoint }),
    ...more,
  });
  const byNumber = () => bucket(server.endpoint);
  const byName = () => bucket(`http://localhost:${server.port}`);
  const content = () => withoutMarkers(join(server.folder, "images"));
  const env = (): Record<string, string> => ({
    ...eventLog,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  });
  const use = async (targets: readonly object[], formats?: readonly string[]): Promise<string> => {
    await world.rewrite(stack, program(targets, formats));
    return (await stack.run(["up", "--yes", "--skip-preview"])).output;
  };

  beforeEach(async () => {
    world = await World.create();
    server = await startVersitygw();
    await server.createBucket("images");
    await server.createBucket("others");
    stack = await world.stack("one", program([byNumber()]), { env: env() });
    await stack.up();
  });
  afterEach(async () => {
    await server.stop();
    await world.remove();
  });

  it("P1: another name of the server removes nothing and sends nothing, and destroy leaves nothing", async () => {
    const before = await content();
    assert.equal(Object.keys(before).filter((path) => path.endsWith(".qcow2")).length, 1);
    const output = await use([byName()]);
    assert.match(output, /is the same place as .*nothing is removed there/);
    assert.deepEqual(await content(), before);
    const { artifacts } = await stack.outputs<Outputs>();
    assert.match(artifacts[0]?.target ?? "", /localhost/);
    assert.equal(await world.disks(), 1);
    await stack.destroy();
    assert.deepEqual(await content(), {});
  });

  it("P1: added and dropped again, another spelling removes nothing in either order", async () => {
    const before = await content();
    await use([byNumber(), byName()]);
    await use([byNumber()]);
    assert.deepEqual(await content(), before);
    await use([byNumber(), byName()]);
    await use([byName()]);
    assert.deepEqual(await content(), before);
    await stack.destroy();
    assert.deepEqual(await content(), {});
  });

  it("P1: a format that one spelling no longer takes stays for the other one", async () => {
    const formats = ["qcow2", "raw"];
    await use([byNumber(), byName()], formats);
    const before = await content();
    const only = (target: object, format: string) => ({ ...target, formats: [format] });
    await use([only(byNumber(), "qcow2"), only(byName(), "raw")], formats);
    assert.deepEqual(Object.keys(await content()), Object.keys(before));
    await stack.destroy();
    assert.deepEqual(await content(), {});
  });

  it("P1: another machine and another stack use another name without an install, and the last owner leaves nothing", async () => {
    await use([byNumber()], ["qcow2", "raw"]);
    const before = await content();
    const other = await world.stack("other", program([byName()]), {
      env: env(),
      machine: "elsewhere",
    });
    await other.up();
    assert.equal(await world.disks(), 1);
    const images = (files: Readonly<Record<string, string>>) =>
      Object.entries(files).filter(([path]) => !path.includes(".stylus-image"));
    assert.deepEqual(images(await content()), images(before));
    await stack.destroy();
    assert.deepEqual(images(await content()), images(before));
    await other.destroy();
    assert.deepEqual(await content(), {});
  });

  it("P1: another bucket, also a copy of the first one, is another place: the first one is emptied", async () => {
    await execa("cp", ["-a", `${join(server.folder, "images")}/.`, join(server.folder, "others")]);
    const copied = await contentOf(join(server.folder, "others"));
    await use([bucket(`http://localhost:${server.port}`, "others")]);
    assert.deepEqual(await content(), {});
    const left = await contentOf(join(server.folder, "others"));
    const images = (files: object) =>
      Object.entries(files).filter(([path]) => !path.includes(".stylus-image"));
    assert.deepEqual(images(left), images(copied));
    await stack.destroy();
    assert.deepEqual(await contentOf(join(server.folder, "others")), {});
  });
});

describe("An S3 endpoint from the environment (P1)", () => {
  let world: World;
  let server: Versitygw;
  before(async () => {
    world = await World.create();
    server = await startVersitygw();
    await server.createBucket("images");
  });
  after(async () => {
    await server.stop();
    await world.remove();
  });

  it("P1: AWS_ENDPOINT_URL and the same `endpoint` in the program are one place", async () => {
    const target = { type: "s3", bucket: "images", region: "us-east-1", pathStyle: true };
    const stack = await world.stack("one", program([target]), {
      env: {
        ...eventLog,
        AWS_ACCESS_KEY_ID: server.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
        AWS_ENDPOINT_URL: server.endpoint,
      },
    });
    await stack.up();
    const before = await withoutMarkers(join(server.folder, "images"));
    for (const endpoint of [server.endpoint, `http://localhost:${server.port}`]) {
      await world.rewrite(stack, program([{ ...target, endpoint }]));
      await stack.up();
      assert.deepEqual(await withoutMarkers(join(server.folder, "images")), before);
    }
    await stack.destroy();
    assert.deepEqual(await contentOf(join(server.folder, "images")), {});
  });
});

describe("A folder under two paths (P1)", () => {
  let world: World;
  let stack: Stack;
  const directory = (path: string) => ({ type: "directory", path: join(world.folder, path) });
  const use = async (...paths: readonly string[]): Promise<string> => {
    await world.rewrite(stack, program(paths.map(directory)));
    return (await stack.run(["up", "--yes", "--skip-preview"])).output;
  };
  const content = () => contentOf(join(world.folder, "images"));

  beforeEach(async () => {
    world = await World.create();
    await mkdir(join(world.folder, "images"));
    await mkdir(join(world.folder, "bound"));
    await execa("mount", ["--bind", join(world.folder, "images"), join(world.folder, "bound")]);
    await symlink(join(world.folder, "images"), join(world.folder, "link"));
    stack = await world.stack("one", program([directory("images")]), { env: eventLog });
    await stack.up();
  });
  afterEach(async () => {
    await execa("umount", [join(world.folder, "bound")]);
    await world.remove();
  });

  it("P1: a bind mount and a symbolic link remove nothing, and destroy leaves nothing", async () => {
    const before = ofImages(await content());
    for (const paths of [["bound"], ["link"], ["images", "bound"], ["bound", "link"], ["images"]]) {
      await use(...paths);
      assert.deepEqual(
        Object.keys(ofImages(await content())).filter(isImage),
        Object.keys(before).filter(isImage),
      );
    }
    assert.equal(await world.disks(), 1);
    await use("bound");
    await stack.destroy();
    assert.deepEqual(ofImages(await content()), {});
  });
});

const isImage = (path: string): boolean => path.endsWith(".qcow2");
