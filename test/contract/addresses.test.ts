import assert from "node:assert/strict";
import { execa } from "execa";
import { cp, mkdir, readdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Stack } from "../e2e/stack";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { engage, eventLog, imageInState, previewThenUp, type Operations } from "./operations";
import { World } from "./world";

interface Address {
  readonly uri: string;
  readonly url: string;
}

/** Addresses of the image's artifacts in state. */
async function inState(stack: Stack): Promise<Address[]> {
  const outputs = (await imageInState(stack)) as { artifacts: Address[] } | undefined;
  return (outputs?.artifacts ?? []).map(({ uri, url }) => ({ uri, url }));
}

/** Asserts that preview and up do the same, and that the preview gives the reason. */
async function expect(stack: Stack, operations: Operations, reason?: RegExp): Promise<string> {
  const { preview, up } = await previewThenUp(stack);
  assert.deepEqual(preview.operations, operations, preview.output);
  assert.deepEqual(up.operations, operations, up.output);
  if (reason === undefined) assert.doesNotMatch(preview.output, /The address of/);
  else assert.match(preview.output, reason);
  return preview.output;
}

/** Every file below a folder with inode, size and time of its last change, except the owners' markers. */
async function listing(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name));
  const lines = files.map(async (path) => {
    const { ino, size, mtimeMs } = await stat(path);
    return `${path.slice(folder.length)} ${ino} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(lines)).filter((it) => !it.includes("/owners/")).sort();
}

describe("Addresses of a folder (P4)", () => {
  let world: World;
  /** A relative path, and two formats; the machine takes the address of the first. */
  const program = `
const image = new StylusImage("edge", args({
  formats: ["qcow2", "raw"],
  publishTo: [{ type: "directory", path: "images" }],
}));
new Machine("machine", image.artifact("qcow2").url);
export const url = image.artifact("qcow2").url;
export const report = image.reportUrl;
`;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.remove());

  const isBelow = (folder: string, addresses: readonly Address[]): void => {
    const start = `${pathToFileURL(join(folder, "images")).href}/`;
    assert.equal(addresses.length, 2);
    for (const { uri, url } of addresses) {
      assert.ok(uri.startsWith(start), `${uri} is not below ${start}`);
      assert.equal(url, uri);
    }
  };

  it("P4: a moved project is an update of the addresses, which the preview gives with the reason", async () => {
    const stack = await world.stack("moved", program, { env: eventLog });
    await expect(stack, { edge: "create", machine: "create" });
    isBelow(stack.folder, await inState(stack));
    const before = await listing(join(stack.folder, "images"));

    const folder = `${stack.folder}-to-a-folder with a space`;
    await rename(stack.folder, folder);
    const moved = stack.elsewhere(folder);
    const output = await expect(
      moved,
      { edge: "update", machine: "replace" },
      /The address of qcow2 at directory:images changed: the folder is now .*with a space\/images, and was .*\/moved\/images\. Nothing is published again\./,
    );
    assert.match(output, /The address of raw at directory:images changed/);
    // The new value is known in the preview, for the machine and for the stack's output.
    assert.match(output, /with%20a%20space\/images\/edge-[0-9a-f]{12}\/edge-[0-9a-f]{12}\.qcow2/);
    isBelow(folder, await inState(moved));
    const { report } = await moved.outputs<{ report: string }>();
    assert.ok(report.startsWith(pathToFileURL(join(folder, "images")).href), report);
    assert.deepEqual(await listing(join(folder, "images")), before);
    assert.equal(await world.disks(), 1);

    await expect(moved, { edge: "same", machine: "same" });
    await moved.destroy();
    assert.deepEqual(
      (await listing(join(folder, "images"))).map((line) => line.split(" ")[0]).sort(),
      ["/.stylus-image/lock", "/.stylus-image/machine.json", "/.stylus-image/place.json"],
    );
  });

  it("P4: a refresh alone writes the current addresses, and the next preview shows no change of the image", async () => {
    const stack = await world.stack("refreshed", program, { env: eventLog });
    await stack.up();
    const folder = `${stack.folder}-moved`;
    await rename(stack.folder, folder);
    const moved = stack.elsewhere(folder);
    const { operations } = await engage(moved, ["refresh", "--yes", "--skip-preview"]);
    assert.equal(operations["edge"], "refresh");
    isBelow(folder, await inState(moved));
    const outputs = await imageInState(moved);
    assert.ok(String(outputs?.["reportUrl"]).startsWith(pathToFileURL(folder).href));
    await expect(moved, { edge: "same", machine: "replace" });
    assert.equal(await world.disks(), 1);
  });

  it("P4: checkouts that take turns are updated each time, with the reason, and publish nothing again", async () => {
    const stack = await world.stack("runner-a", program, { env: eventLog });
    await stack.up();
    const images = join(world.folder, "shared");
    await cp(join(stack.folder, "images"), images, { recursive: true, preserveTimestamps: true });
    // The other machine has another home, cache and checkout; both mount the same folder.
    const folder = `${stack.folder}-laptop`;
    await mkdir(folder);
    for (const name of ["Pulumi.yaml", "index.js", "Pulumi.runner-a.yaml"]) {
      await cp(join(stack.folder, name), join(folder, name)).catch(() => undefined);
    }
    await mkdir(join(folder, "images"));
    await execa("mount", ["--bind", join(stack.folder, "images"), join(folder, "images")]);
    try {
      const before = await listing(join(stack.folder, "images"));
      const laptop = stack.elsewhere(folder, {
        cache: join(world.folder, "laptop"),
        env: {
          ...stack.environment(),
          ...eventLog,
          HOME: join(world.folder, "home-of-laptop"),
          XDG_CACHE_HOME: join(world.folder, "laptop"),
        },
      });
      await expect(
        laptop,
        { edge: "update", machine: "replace" },
        /the folder is now .*-laptop\/images, and was .*runner-a\/images/,
      );
      isBelow(folder, await inState(laptop));
      await expect(laptop, { edge: "same", machine: "same" });
      await expect(
        stack,
        { edge: "update", machine: "replace" },
        /the folder is now .*runner-a\/images, and was .*-laptop\/images/,
      );
      isBelow(stack.folder, await inState(stack));
      assert.deepEqual(
        (await listing(join(stack.folder, "images"))).filter((it) => !it.includes("/lock")),
        before.filter((it) => !it.includes("/lock")),
      );
      assert.equal(await world.disks(), 1);
      await laptop.destroy();
      assert.deepEqual(await readdir(join(stack.folder, "images")), [".stylus-image"]);
    } finally {
      await execa("umount", [join(folder, "images")]);
    }
  });

  it("P4: `get` and `adopt` give the addresses of the reader, not those in the record", async () => {
    const at = (path: string): string => `publishTo: [{ type: "directory", path: "${path}" }]`;
    const images = join(world.folder, "images");
    const owner = await world.stack("owner", `new StylusImage("edge", args({ ${at(images)} }));`);
    await owner.up();
    const [id] = (await readdir(images)).filter((it) => !it.startsWith("."));
    const mounted = join(world.folder, "mounted elsewhere");
    await mkdir(mounted);
    await execa("mount", ["--bind", images, mounted]);
    try {
      const before = await listing(images);
      const reader = await world.stack(
        "reader",
        `
const found = StylusImage.get("found", "${id!}", { ${at(mounted)} });
const adopted = new StylusImage("adopted", args({ installer: undefined, ${at(mounted)}, adopt: "${await keyOf(images)}" }));
export const urls = pulumi.all([found.artifacts, adopted.artifacts, found.reportUrl, adopted.reportUrl])
  .apply(([one, other, ...reports]) => [...[...one, ...other].flatMap(({ uri, url }) => [uri, url]), ...reports]);
`,
        { machine: "elsewhere" },
      );
      await reader.up();
      const { urls } = await reader.outputs<{ urls: string[] }>();
      assert.equal(urls.length, 6);
      for (const url of urls) assert.ok(url.startsWith(pathToFileURL(mounted).href), url);
      const isFile = (it: string): boolean => !it.startsWith("/.stylus-image");
      assert.deepEqual((await listing(images)).filter(isFile), before.filter(isFile));
      await reader.destroy();
      assert.equal((await world.published()).length, 1);
    } finally {
      await execa("umount", [mounted]);
    }
  });
});

/** The install key of the only image in a folder. */
async function keyOf(images: string): Promise<string> {
  const names = await readdir(join(images, ".stylus-image"));
  return names.find((it) => /^[0-9a-f]{64}$/.test(it)) ?? "";
}

describe("Addresses of a bucket (P4)", () => {
  let world: World;
  let server: Versitygw;
  let stack: Stack;
  const program = (more = ""): string => `
const image = new StylusImage("edge", args({
  publishTo: [{ type: "s3", bucket: "images", prefix: "edge"${more} }],
}));
new Machine("machine", image.artifact("qcow2").url);
export const url = image.artifact("qcow2").url;
export const report = image.reportUrl;
`;
  /** The stack with these variables, and no others that name an endpoint. */
  const withSettings = (env: Readonly<Record<string, string>>): Stack =>
    stack.elsewhere(stack.folder, {
      env: {
        ...stack.environment(),
        ...eventLog,
        AWS_ACCESS_KEY_ID: server.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
        HOME: world.folder,
        ...env,
      },
    });
  const profiles = async (text: string): Promise<Record<string, string>> => {
    const file = join(world.folder, "aws-config");
    await writeFile(file, text);
    return { AWS_CONFIG_FILE: file };
  };
  const keys = (): string =>
    `aws_access_key_id = ${server.accessKeyId}\naws_secret_access_key = ${server.secretAccessKey}\n`;
  const byAddress = () => server.endpoint;
  const byName = () => `http://localhost:${server.port}`;
  const puts = async (): Promise<number> =>
    (await server.accessLog()).filter(
      ({ operation, key }) => /Put|Upload/.test(operation) && key.endsWith(".qcow2"),
    ).length;

  before(async () => {
    world = await World.create();
    server = await startVersitygw();
    await server.createBucket("images");
    stack = await world.stack("bucket", program(), { env: eventLog });
  });
  after(async () => {
    await server.stop();
    await world.remove();
  });

  const isAt = async (endpoint: string): Promise<void> => {
    const [address] = await inState(stack);
    assert.match(address!.uri, /^s3:\/\/images\/edge\/edge-/);
    assert.ok(address!.url.startsWith(`${endpoint}/images/edge/edge-`), address!.url);
    const { url, report } = await stack.outputs<{ url: string; report: string }>();
    assert.equal(url, address!.url);
    assert.ok(report.startsWith(`${endpoint}/images/`), report);
  };

  it("P4: the address is that of the endpoint which AWS_ENDPOINT_URL names", async () => {
    await expect(withSettings({ AWS_ENDPOINT_URL: byAddress() }), {
      edge: "create",
      machine: "create",
    });
    await isAt(byAddress());
    await expect(withSettings({ AWS_ENDPOINT_URL: byAddress() }), {
      edge: "same",
      machine: "same",
    });
  });

  it("P4: AWS_ENDPOINT_URL_S3 in one run alone changes the address, and the next run changes it back", async () => {
    const before = await puts();
    await expect(
      withSettings({ AWS_ENDPOINT_URL: byAddress(), AWS_ENDPOINT_URL_S3: byName() }),
      { edge: "update", machine: "replace" },
      /The address of qcow2 at s3:\/\/images\/edge changed: the URL is now http:\/\/localhost:.*, and was http:\/\/127\.0\.0\.1:/,
    );
    await isAt(byName());
    await expect(
      withSettings({ AWS_ENDPOINT_URL: byAddress() }),
      { edge: "update", machine: "replace" },
      /the URL is now http:\/\/127\.0\.0\.1:/,
    );
    await isAt(byAddress());
    assert.equal(await puts(), before);
  });

  it("P4: the endpoint of the profile in AWS_PROFILE counts, and its section of services", async () => {
    const before = await puts();
    const env = await profiles(
      `[profile lab]\n${keys()}endpoint_url = ${byAddress()}\nregion = us-east-1\nservices = lab-services\n\n[services lab-services]\ns3 =\n  endpoint_url = ${byName()}\n`,
    );
    await expect(
      withSettings({ ...env, AWS_PROFILE: "lab" }),
      { edge: "update", machine: "replace" },
      /the URL is now http:\/\/localhost:/,
    );
    await isAt(byName());
    assert.equal(await puts(), before);
  });

  it("P4: the endpoint of the target's own profile counts, whatever AWS_PROFILE says", async () => {
    const before = await puts();
    const env = await profiles(
      `[profile lab]\nendpoint_url = http://127.0.0.3:1\n[profile ours]\n${keys()}endpoint_url = ${byAddress()}\n`,
    );
    await world.rewrite(stack, program(', profile: "ours"'));
    await expect(
      withSettings({ ...env, AWS_PROFILE: "lab" }),
      { edge: "update", machine: "replace" },
      /the URL is now http:\/\/127\.0\.0\.1:/,
    );
    await isAt(byAddress());
    await world.rewrite(stack, program());
    await expect(
      withSettings({ AWS_ENDPOINT_URL: byName() }),
      { edge: "update", machine: "replace" },
      /The address of qcow2/,
    );
    await isAt(byName());
    assert.equal(await puts(), before);
  });

  it("P4: a refresh alone writes the address of the current endpoint, for the report too", async () => {
    const settings = withSettings({ AWS_ENDPOINT_URL: byAddress(), AWS_REGION: "us-east-1" });
    await settings.refresh();
    const [address] = await inState(stack);
    assert.ok(address!.url.startsWith(byAddress()), address!.url);
    const outputs = await imageInState(stack);
    assert.ok(String(outputs?.["reportUrl"]).startsWith(byAddress()));
    await expect(settings, { edge: "same", machine: "replace" });
  });

  it("P4: `destroy` through another address of the server leaves nothing", async () => {
    await withSettings({ AWS_ENDPOINT_URL_S3: byName() }).destroy();
    const left = (await readdir(server.folder, { recursive: true })).filter((it) =>
      /edge-/.test(it),
    );
    assert.deepEqual(left, []);
  });
});
