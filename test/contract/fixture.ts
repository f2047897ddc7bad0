import { readdirSync } from "node:fs";
import { cp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installedPackage, type Stack } from "../e2e/stack";
import type { World } from "./world";

/** One folder per issue that cut one: program, `stack export` and published folder as that version left them. */
const fixtures = join(__dirname, "fixtures");
/** What fixtures are cut from. */
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
  return readdirSync(fixtures)
    .filter((name) => name !== template)
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
}

/** Another machine's checkout of the project: nothing in its cache, and the state imported. */
export async function unpack(world: World, name: string, packages?: Packages): Promise<Stack> {
  const stack = await lay(world, name, packages);
  await stack.run(["stack", "import", "--file", exported]);
  return stack;
}

/** Program, state and published folder of the installed version, as a new fixture. */
export async function cut(world: World, name: string): Promise<void> {
  const stack = await lay(world, template);
  await stack.up();
  await stack.run(["stack", "export", "--file", exported]);
  // What belongs to the machine, and not to the project.
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

/** The state as it is, with another value of one of the image's outputs. */
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

/** What the program gives otherwise than when the fixture was cut. */
export async function change(stack: Stack, changes: object): Promise<void> {
  await writeFile(join(stack.folder, "changes.json"), JSON.stringify(changes));
}
