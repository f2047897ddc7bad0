import assert from "node:assert/strict";
import { execa } from "execa";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installedPackage } from "../e2e/stack";
import { lay, ownPackages, packed, PackageManagers, type PackageManager } from "./package-manager";
import { World } from "./world";

const project = (main = "index.js") => `name: fleet\nruntime: nodejs\nmain: ${main}\n`;
const image = (path: string): string =>
  `new StylusImage("edge", {
    installer: process.env.STYLUS_TEST_FOLDER + "/installer.iso",
    machine: { diskSize: "1GiB" },
    publishTo: [{ type: "directory", path: ${JSON.stringify(path)} }],
    buildHost: { type: "local", agent: process.env.STYLUS_TEST_AGENT },
  });`;
const required = `const { StylusImage } = require("pulumi-stylus-image");`;
const program = (path: string): string => `${required}\n${image(path)}`;

describe("Stub and packaging (8)", () => {
  let world: World;
  let managers: PackageManagers;
  const at = (...path: string[]): string => join(world.folder, ...path);

  before(async () => {
    world = await World.create();
    managers = new PackageManagers(at("managers"));
  });
  // One install is enough: each layout adopts the image from the cache and publishes it itself.
  after(async () => {
    const disks = await world.disks();
    await world.remove();
    assert.equal(disks, 1);
  });

  /** Installs another version of the package beside or below the one that npm installed. */
  async function otherVersion(folder: string, version: string): Promise<void> {
    const source = join(await installedPackage(), "node_modules", "pulumi-stylus-image");
    await execa("mkdir", ["-p", at(folder, "..")]);
    await execa("cp", ["--archive", source, at(folder)]);
    const manifest = await readFile(join(source, "package.json"), "utf8");
    const other = { ...(JSON.parse(manifest) as object), version };
    await writeFile(at(folder, "package.json"), JSON.stringify(other));
  }

  it("8: npm: a program in ECMAScript modules", async () => {
    await ownPackages(at("modules"));
    await lay(at("modules"), {
      "Pulumi.yaml": project(),
      "package.json": { type: "module" },
      "index.js": `import { StylusImage } from "pulumi-stylus-image";\n${image("images")}`,
    });
    const stack = await world.stackAt("modules", "modules");
    await stack.run(["up", "--yes"]);
    assert.equal((await world.published("modules/images")).length, 1);
    await stack.up("--expect-no-changes");
  });

  it("8: a JavaScript program in `main: infra/` with its own node_modules; a destroy without the package says what to install", async () => {
    await ownPackages(at("split/infra"));
    await lay(at("split"), {
      "Pulumi.yaml": project("infra/"),
      "infra/index.js": program("images"),
    });
    const stack = await world.stackAt("split", "split");
    await stack.run(["up", "--yes"]);
    // Relative paths resolve against the project, not the program.
    assert.equal((await world.published("split/images")).length, 1);

    const there = at("split/infra/node_modules/pulumi-stylus-image");
    await rename(there, `${there}.away`);
    const { output } = await stack.run(["destroy", "--yes", "--skip-preview"], 1);
    assert.ok(output.includes(`Install pulumi-stylus-image in ${at("split/infra")}.`), output);
    assert.doesNotMatch(output, /\n\s+at /);
    await rename(`${there}.away`, there);
    await stack.destroy();
    assert.deepEqual(await world.published("split/images"), []);
  });

  it("8: a `main:` in the folder of another project: relative paths belong to the project that the engine runs", async () => {
    await ownPackages(at("outer"));
    await lay(at("outer"), {
      "Pulumi.yaml": project("examples/one/index.js"),
      "examples/one/Pulumi.yaml": project().replace("fleet", "one"),
      "examples/one/index.js": program("images"),
    });
    const outer = await world.stackAt("outer", "outer");
    await outer.run(["up", "--yes"]);
    assert.equal((await world.published("outer/images")).length, 1);
    assert.deepEqual(await world.files("outer/examples/one/images"), []);
    await outer.up("--expect-no-changes");

    // The same program as a separate project.
    const inner = await world.stackAt("outer/examples/one", "inner");
    await inner.up();
    assert.equal((await world.published("outer/examples/one/images")).length, 1);

    // Neither command runs the program, so only the provider process determines the root.
    await outer.refresh();
    await outer.destroy();
    assert.deepEqual(await world.published("outer/images"), []);
    assert.equal((await world.published("outer/examples/one/images")).length, 1);
    await inner.destroy();
    assert.deepEqual(await world.published("outer/examples/one/images"), []);
  });

  const layouts: readonly [string, PackageManager, Record<string, string>][] = [
    ["pnpm-isolated", "pnpm", {}],
    ["pnpm-hoisted", "pnpm", { ".npmrc": "node-linker=hoisted\n" }],
    ["yarn", "yarn", { ".yarnrc.yml": "nodeLinker: node-modules\n" }],
  ];
  for (const [layout, manager, settings] of layouts) {
    it(`8: ${layout.replace("-", ", ")} node_modules`, async () => {
      const dependencies = { "pulumi-stylus-image": await packed(), "@pulumi/pulumi": "^3.270.0" };
      await lay(at(layout), {
        ...settings,
        "package.json": { private: true, dependencies },
        "Pulumi.yaml": project(),
        "index.js": program("images"),
      });
      await managers.install(manager, at(layout));
      const stack = await world.stackAt(layout, layout);
      await stack.run(["up", "--yes"]);
      assert.equal((await world.published(`${layout}/images`)).length, 1);
    });
  }

  it("8: a wrapper package with pnpm: says which line to add where, and works with it", async () => {
    const dependencies = { wrapper: "file:./wrapper", "@pulumi/pulumi": "^3.270.0" };
    await lay(at("wrapped"), {
      "package.json": { private: true, dependencies },
      "wrapper/package.json": {
        name: "wrapper",
        version: "1.0.0",
        dependencies: { "pulumi-stylus-image": await packed() },
      },
      "wrapper/index.js": `${required}\nexports.make = () => ${image("images")}`,
      "Pulumi.yaml": project(),
      "index.js": `require("wrapper").make();`,
    });
    await managers.install("pnpm", at("wrapped"));
    const stack = await world.stackAt("wrapped", "wrapped");
    const { output } = await stack.run(["preview"], 1);
    const line =
      /Add the line ("pulumi-stylus-image": "\^\d+\.\d+\.\d+") to "dependencies" in (\S+)/;
    assert.equal(line.exec(output)?.[2], at("wrapped", "package.json"), output);
    assert.doesNotMatch(output, /\n\s+at /);

    const more = { ...dependencies, "pulumi-stylus-image": await packed() };
    await lay(at("wrapped"), { "package.json": { private: true, dependencies: more } });
    await managers.install("pnpm", at("wrapped"));
    await stack.run(["up", "--yes"]);
    assert.equal((await world.published("wrapped/images")).length, 1);
  });

  it("8: two versions in one tree: a newer provider serves an older program; an older provider is rejected with the line to change", async () => {
    await ownPackages(at("versions"));
    const wrapper = "versions/node_modules/wrapper";
    await lay(at(wrapper), {
      "index.js": `${required}\nexports.make = () => ${image("images")}`,
    });
    await lay(at("versions"), {
      "Pulumi.yaml": project(),
      "index.js": `require("wrapper").make();`,
    });
    await otherVersion(`${wrapper}/node_modules/pulumi-stylus-image`, "9.2.0");
    const stack = await world.stackAt("versions", "versions");
    const refused = await stack.run(["preview"], 1);
    const line = `Add the line "pulumi-stylus-image": "^9.2.0" to "dependencies" in ${at("versions/package.json")}`;
    assert.ok(refused.output.includes(line), refused.output);

    await execa("rm", ["-r", at(wrapper, "node_modules/pulumi-stylus-image")]);
    await otherVersion(`${wrapper}/node_modules/pulumi-stylus-image`, "0.0.1");
    const { output } = await stack.run(["up", "--yes"]);
    assert.match(output, /is version 0\.0\.1; its images are managed by the newer/);
    assert.equal((await world.published("versions/images")).length, 1);
  });

  it("8: an inline program of the Automation API", async () => {
    await ownPackages(at("inline"));
    await lay(at("inline"), {
      "run.js": `
        const { LocalWorkspace } = require("@pulumi/pulumi/automation");
        ${required}
        const program = async () => { ${image("images")} };
        (async () => {
          const stack = await LocalWorkspace.createOrSelectStack(
            { stackName: "inline", projectName: "fleet", program },
          );
          const { changeSummary } = await stack.preview();
          const { summary } = await stack.up();
          console.log(JSON.stringify([changeSummary, summary.resourceChanges]));
        })().catch((error) => { console.error(error); process.exit(1); });`,
    });
    // Only used for its environment: backend, passphrase and cache.
    const stack = await world.stack("beside", "");
    const { stdout } = await execa("node", ["run.js"], {
      cwd: at("inline"),
      env: stack.environment(),
    });
    assert.deepEqual(JSON.parse(stdout), [{ create: 2 }, { create: 2 }]);
    assert.equal((await world.published("inline/images")).length, 1);
  });
});
