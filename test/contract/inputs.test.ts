import assert from "node:assert/strict";
import { execa } from "execa";
import { join } from "node:path";
import { lay, ownPackages } from "./package-manager";
import { World } from "./world";

describe("Inputs", () => {
  let world: World;
  before(async () => {
    world = await World.create();
  });
  after(() => world.remove());
  const at = (...path: string[]): string => join(world.folder, ...path);

  it("P18: values that Pulumi does not pass on are refused, with the property", async () => {
    const program = (triggers: string, more = ""): string =>
      `new StylusImage("edge", args({ triggers: ${triggers}, ${more} }));`;
    const stack = await world.stack("triggers", program('["a", { built: [new Date(0)] }]'));
    const date = await stack.run(["preview"], 1);
    assert.match(date.output, /StylusImage "edge": `triggers\[1\]\.built\[0\]` is a Date/);
    assert.doesNotMatch(date.output, /\n\s+at /);

    // In an output, Pulumi has made an empty object of it before anybody could see the map.
    await world.rewrite(stack, program('[pulumi.output(new Map([["a", 1]]))]'));
    const map = await stack.run(["preview"], 1);
    assert.match(map.output, /triggers\[0\].*is an empty object, which never changes/s);

    await world.rewrite(stack, program("[]", "userData: { version: 12n as never }"));
    const bigint = await stack.run(["preview"], 1);
    assert.match(bigint.output, /`userData\.version` is a BigInt/);
  });

  it("P19: spelling out every default changes nothing", async () => {
    const image = (more: string): string => `
new StylusImage("edge", {
  ...args(),
  formats: ["raw", "qcow2", { type: "ova" }, { type: "containerdisk" }],
  palette: { endpoint: "api.example.com", edgeHostToken: "t0ken" },
  users: [{ name: "ops", passwordHash: "$6$saltsalt$abcdefghijklmnopqrstuv" }],
  ${more}
} as StylusImageArgs);`;
    const stack = await world.stack("defaults", image(""));
    await stack.up();
    await world.rewrite(
      stack,
      image(`
  installer: { path: folder + "/installer.iso", kind: "auto" },
  palette: {
    endpoint: "api.example.com", edgeHostToken: "t0ken", managementMode: "central", registration: "image",
    debug: false, insecureSkipVerify: false, tags: {},
  },
  users: [{
    name: "ops", passwordHash: "$6$saltsalt$abcdefghijklmnopqrstuv", sshAuthorizedKeys: [], groups: ["admin", "sudo"],
  }],
  userData: {},
  machine: {
    diskSize: "1GiB", firmware: "bios", secureBoot: false, network: "isolated", accelerator: "auto",
  },
  formats: [
    { type: "raw", compression: "none" },
    { type: "qcow2", compression: "zlib" },
    {
      type: "ova", hardwareVersion: 14, guestId: "other4xLinux64Guest", cpus: 2, memory: "8GiB", scsiType: "pvscsi",
      networkType: "vmxnet3", firmware: "bios", secureBoot: false, extraConfig: {},
    },
    { type: "containerdisk", disk: "qcow2", labels: {} },
  ],
  publishTo: [{
    type: "directory", path: folder + "/images", formats: ["raw", "qcow2", "ova", "containerdisk"],
  }],
  verify: { boot: true, artifacts: "structure" },
  timeouts: { fetch: 60, install: 40, stall: 6, verify: 10, convert: 60, publish: 120 },
  triggers: [], recipe: "latest", keepPrevious: 0, singleHost: false,`),
    );
    await stack.run(["preview", "--expect-no-changes"]);
    await stack.up("--expect-no-changes");
  });

  it("P5: the root is that of the engine: `main:` beside the project, below another project, in every verb", async () => {
    const image = `
const { StylusImage } = require("pulumi-stylus-image");
new StylusImage("edge", {
  installer: process.env.STYLUS_TEST_FOLDER + "/installer.iso",
  machine: { diskSize: "1GiB" },
  publishTo: [{ type: "directory", path: "images" }],
  buildHost: { type: "local", agent: process.env.STYLUS_TEST_AGENT },
});`;
    await ownPackages(at("outer"));
    await lay(at("outer"), {
      "Pulumi.yaml": "name: other\nruntime: nodejs\n",
      "infra/Pulumi.yaml": "name: fleet\nruntime: nodejs\nmain: ../app/index.js\n",
      "app/index.js": image,
    });
    const stack = await world.stackAt("outer/infra", "beside");
    await stack.run(["up", "--yes", "--skip-preview"]);
    assert.equal((await world.published("outer/infra/images")).length, 1);
    for (const folder of ["outer/images", "outer/app/images"]) {
      assert.deepEqual(await world.files(folder), []);
    }
    const { output } = await stack.refresh();
    assert.doesNotMatch(output, /missing|could not be checked|delete/);
    await stack.destroy();
    assert.deepEqual(await world.published("outer/infra/images"), []);
  });

  it("P5: `workDir` of the Automation API is the root of an inline program", async () => {
    await ownPackages(at("inline"));
    await lay(at("inline"), {
      "work/readme.txt": "",
      "run.js": `
const { LocalWorkspace } = require("@pulumi/pulumi/automation");
const { StylusImage } = require("pulumi-stylus-image");
const program = async () => {
  new StylusImage("edge", {
    installer: process.env.STYLUS_TEST_FOLDER + "/installer.iso",
    machine: { diskSize: "1GiB" },
    publishTo: [{ type: "directory", path: "images" }],
    buildHost: { type: "local", agent: process.env.STYLUS_TEST_AGENT },
  });
};
(async () => {
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "work", projectName: "fleet", program },
    { workDir: __dirname + "/work" },
  );
  await stack.up();
})().catch((error) => { console.error(error); process.exit(1); });`,
    });
    // Only used for its environment: backend, passphrase and cache.
    const stack = await world.stack("beside-work", "");
    await execa("node", ["run.js"], { cwd: at("inline"), env: stack.environment() });
    assert.equal((await world.published("inline/work/images")).length, 1);
    assert.deepEqual(await world.files("inline/images"), []);
  });

  it("P5: `~` and `file://` are refused with the way to write the path", async () => {
    const program = `
new StylusImage("edge", args({
  installer: "file:///srv/edge%20installer.iso",
  publishTo: [{ type: "directory", path: "~/images" }],
}));`;
    const stack = await world.stack("tilde", program);
    const { output } = await stack.run(["preview"], 1);
    assert.match(output, /publishTo\[0\]\.path.*begins with `~`.*os\.homedir\(\)\}\/images/s);
    assert.match(
      output,
      /installer\.path.*is a URL; write the path, `\/srv\/edge installer\.iso`/s,
    );
  });
});
