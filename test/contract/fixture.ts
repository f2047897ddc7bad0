import { readdirSync } from "node:fs";
import { cp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installedPackage, type Stack } from "../e2e/stack";
import type { World } from "./world";

/** A folder for each version: its program, the state that it exported, and the folder that it published to. */
const fixtures = join(__dirname, "fixtures");
/** The program that fixtures are made from. */
const template = "program";
/** The stack's name is part of every URN. */
const stackName = "old";
const exported = "stack.json";

/** Installed packages other than those of `installedPackage`. */
interface Packages {
  readonly modules?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function fixtureNames(): string[] {
  return readdirSync(fixtures, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== template)
    .map(({ name }) => name)
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
}

/** The project on another machine: an empty cache, and the state imported. */
export async function unpack(world: World, name: string, packages?: Packages): Promise<Stack> {
  const stack = await lay(world, name, packages);
  await stack.run(["stack", "import", "--file", exported]);
  return stack;
}

/** Makes a new fixture of the installed version. */
export async function makeFixture(world: World, name: string): Promise<void> {
  const stack = await lay(world, template);
  await stack.up();
  await stack.run(["stack", "export", "--file", exported]);
  // These belong to the machine and not to the project.
  await rm(join(stack.folder, "node_modules"));
  await rm(join(stack.folder, `Pulumi.${stackName}.yaml`), { force: true });
  await cp(stack.folder, join(fixtures, name), {
    recursive: true,
    errorOnExist: true,
    force: false,
  });
}

async function lay(world: World, name: string, packages: Packages = {}): Promise<Stack> {
  const folder = join(world.folder, name);
  await cp(join(fixtures, name), folder, { recursive: true });
  const modules = packages.modules ?? join(await installedPackage(), "node_modules");
  await symlink(modules, join(folder, "node_modules"));
  return world.stackAt(name, stackName, { env: packages.env ?? {} });
}

/** Imports the state again, with other values of some of the image's outputs. */
export async function alter(stack: Stack, outputs: object): Promise<void> {
  const file = join(stack.folder, exported);
  const state = JSON.parse(await readFile(file, "utf8")) as Exported;
  for (const resource of state.deployment.resources) {
    if (resource.type.endsWith(":StylusImage")) Object.assign(resource.outputs!, outputs);
  }
  await writeFile(file, JSON.stringify(state));
  await stack.run(["stack", "import", "--file", exported]);
}

interface Exported {
  readonly deployment: {
    readonly resources: readonly { readonly type: string; readonly outputs?: object }[];
  };
}

/** Changes arguments of the image against those that the fixture was made with. */
export async function change(stack: Stack, changes: object): Promise<void> {
  await writeFile(join(stack.folder, "changes.json"), JSON.stringify(changes));
}
