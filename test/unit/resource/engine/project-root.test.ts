import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import {
  projectRoot as projectRootOf,
  type RootSources,
} from "../../../../provider/resource/engine/project-root";
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

const projectRoot = (
  programFolder: string,
  projectName: string | undefined,
  more: Partial<RootSources> = {},
): string => projectRootOf({ programFolder, projectName, isRunning: false, ...more });

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

  interface Layout {
    readonly files: Readonly<Record<string, string>>;
    readonly program: string;
    /** The root by each source: what a running program was told, state, and the engine's process. */
    readonly root: string;
    /** Where the engine was started. Default: the root. */
    readonly started?: string;
  }
  const other = "name: other\n";
  const layouts: Readonly<Record<string, Layout>> = {
    "`main:` beside the project, below another one": {
      files: {
        "Pulumi.yaml": other,
        "infra/Pulumi.yaml": "name: fleet\nmain: ../app\n",
        "app/index.js": "",
      },
      program: "app",
      root: "infra",
    },
    "`main:` above the project": {
      files: { "index.js": "", "deploy/fleet/Pulumi.yaml": "name: fleet\nmain: ../../index.js\n" },
      program: ".",
      root: "deploy/fleet",
    },
    "`main:` below, in a folder with the project file of another project": {
      files: { "Pulumi.json": '{"name": "fleet", "main": "a/b"}', "a/b/Pulumi.yaml": other },
      program: "a/b",
      root: ".",
    },
    "another project above, with the same name": {
      files: { "Pulumi.yaml": "name: fleet\n", "a/Pulumi.yaml": "name: fleet\n" },
      program: "a",
      root: "a",
    },
    "two project files in one folder, of which the engine reads the JSON": {
      files: {
        "Pulumi.yaml": other,
        "a/Pulumi.json": '{"name": "fleet", "main": "b"}',
        "a/Pulumi.yaml": "name: fleet\nmain: elsewhere\n",
        "a/b/index.js": "",
      },
      program: "a/b",
      root: "a",
    },
    "a command in a folder below the project": {
      files: {
        "a/Pulumi.yaml": "name: fleet\nmain: ../app\n",
        "a/b/c.txt": "",
        "app/index.js": "",
      },
      program: "app",
      root: "a",
      started: "a/b",
    },
    "a folder that is called like a project file": {
      files: { "Pulumi.yaml": "name: fleet\nmain: a\n", "a/Pulumi.yaml/x.txt": "" },
      program: "a",
      root: ".",
    },
  };
  for (const [what, { files, program, root, started = root }] of Object.entries(layouts)) {
    it(`is what the engine takes for ${what}`, () => {
      const at = (path: string): string => join(folder(), path);
      const top = lay(files);
      const expected = join(top, root);
      const told = relative(join(top, program), expected);
      const inState = { told: told === "" ? undefined : told };
      const running = projectRoot(join(top, program), "fleet", { ...inState, isRunning: true });
      assert.equal(running, expected);
      assert.equal(projectRoot(join(top, program), "fleet", inState), expected);
      const engineFolder = realpathSync(at(started));
      assert.equal(projectRoot(join(top, program), "fleet", { engineFolder }), expected);
    });
  }

  it("ignores what state says if the project was moved since", () => {
    const top = lay({
      "old/Pulumi.yaml": "name: fleet\nmain: elsewhere\n",
      "Pulumi.yaml": "name: fleet\nmain: app\n",
      "app/index.js": "",
    });
    assert.equal(projectRoot(join(top, "app"), "fleet", { told: "../old" }), top);
  });

  it("is the work folder of an inline program, but not the temporary one that its API makes", () => {
    const top = lay({ "work/Pulumi.yaml": "", "run/run.js": "" });
    const project = `name: fleet\nmain: ${join(top, "run")}\n`;
    writeFileSync(join(top, "work/Pulumi.yaml"), project);
    const program = join(top, "run");
    const engineFolder = join(top, "work");
    assert.equal(projectRoot(program, "fleet", { engineFolder }), engineFolder);

    const temporary = mkdtempSync(join(tmpdir(), "automation-"));
    try {
      writeFileSync(join(temporary, "Pulumi.yaml"), project);
      const found = projectRoot(program, "fleet", { engineFolder: temporary });
      assert.equal(found, program);
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });
});
