import assert from "node:assert/strict";
import { execa } from "execa";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installedPackage, userProject } from "./stack";

const repository = join(__dirname, "..", "..");

describe("The package", () => {
  it("holds the compiled code, the README and the licence, and nothing else", async () => {
    const { stdout } = await execa("npm", ["pack", "--json", "--dry-run", "--ignore-scripts"], {
      cwd: repository,
    });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const others = files
      .map(({ path }) => path)
      .filter((path) => !/^dist\/(sdk|provider)\/.*\.(js|d\.ts)$/.test(path));
    assert.deepEqual(others.sort(), ["LICENSE", "README.md", "package.json"]);
  });

  it("has entries that publint finds no fault with", async () => {
    await execa("npx", ["publint", "--strict"], { cwd: repository });
  });

  it("is imported by an ES module and required by a CommonJS one", async () => {
    const folder = await userProject();
    await writeFile(
      join(folder, "program.mjs"),
      'import { StylusImage, artifact } from "pulumi-stylus-image"; console.log(typeof StylusImage, typeof artifact);',
    );
    await writeFile(
      join(folder, "program.cjs"),
      'const { StylusImage, artifact } = require("pulumi-stylus-image"); console.log(typeof StylusImage, typeof artifact);',
    );
    for (const program of ["program.mjs", "program.cjs"]) {
      const { stdout } = await execa("node", [program], { cwd: folder });
      assert.equal(stdout, "function function");
    }
  });

  it("brings the command", async () => {
    const command = join(await installedPackage(), "node_modules", ".bin", "stylus-image");
    const { stdout } = await execa(command, ["--help"]);
    for (const command of ["build", "plan", "doctor", "inspect", "cache", "remove"]) {
      assert.match(stdout, new RegExp(`^  ${command}\\b`, "m"));
    }
  });
});
