import assert from "node:assert/strict";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../../provider/resource/engine/project-root";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();

/** Writes files below the test's folder and returns that folder, without symbolic links in its path. */
function lay(files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder(), name)), { recursive: true });
    writeFileSync(join(folder(), name), content);
  }
  return realpathSync(folder());
}

describe("projectRoot", () => {
  it("is the program's folder if there is no project file at or above it", () => {
    const root = lay({ "program/index.js": "" });
    assert.equal(projectRoot(join(root, "program"), "fleet"), join(root, "program"));
  });

  it("is the folder of the only project file at or above the program, whatever its name", () => {
    const root = lay({ "Pulumi.yml": "name: fleet\nmain: infra/\n", "infra/index.js": "" });
    assert.equal(projectRoot(join(root, "infra"), "fleet"), root);
    assert.equal(projectRoot(join(root, "infra"), undefined), root);
    assert.equal(projectRoot(join(root, "infra"), "other"), root);
  });

  const nested = {
    "Pulumi.yaml": "name: fleet\nruntime: nodejs\nmain: examples/minimal/index.ts\n",
    "examples/minimal/Pulumi.yaml": "name: minimal\nruntime: nodejs\nmain: index.ts\n",
    "examples/minimal/index.ts": "",
  };

  it("is the running project if another one is between it and its program", () => {
    const root = lay(nested);
    assert.equal(projectRoot(join(root, "examples/minimal"), "fleet"), root);
  });

  it("is the nearer project if that one is running", () => {
    const root = lay(nested);
    const minimal = join(root, "examples/minimal");
    assert.equal(projectRoot(minimal, "minimal"), minimal);
  });

  it("is the project whose `main:` is the program if two have the name of the running project", () => {
    const root = lay({
      "Pulumi.yaml": "name: fleet\nmain: other/\n",
      "a/Pulumi.json": JSON.stringify({ name: "fleet", main: "b/program.js" }),
      "a/b/program.js": "",
      "a/b/Pulumi.yaml": "name: fleet\nmain: elsewhere/\n",
    });
    assert.equal(projectRoot(join(root, "a/b"), "fleet"), join(root, "a"));
  });

  it("is the nearest project that runs the program if the engine passes no name", () => {
    const root = lay({
      ...nested,
      "examples/minimal/Pulumi.yaml": "name: minimal\nmain: other/\n",
    });
    assert.equal(projectRoot(join(root, "examples/minimal"), undefined), root);
  });

  it("follows a `main:` through a symbolic link", () => {
    const root = lay({
      "Pulumi.yaml": "name: fleet\nmain: current/\n",
      "v2/Pulumi.yaml": "name: other\n",
      "v2/index.js": "",
    });
    symlinkSync("v2", join(root, "current"));
    assert.equal(projectRoot(join(root, "v2"), "fleet"), root);
  });

  it("ignores a project file that cannot be parsed", () => {
    const root = lay({ ...nested, "examples/minimal/Pulumi.yaml": "name: [" });
    assert.equal(projectRoot(join(root, "examples/minimal"), "fleet"), root);
  });
});
