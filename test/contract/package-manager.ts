import { execa } from "execa";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { installedPackage } from "../e2e/stack";

/** Pinned, because another major version may change the layout of node_modules. */
const tools = { pnpm: "pnpm@10.34.8", yarn: "@yarnpkg/cli-dist@4.18.1" };
const programs = { pnpm: "pnpm/bin/pnpm.cjs", yarn: "@yarnpkg/cli-dist/bin/yarn.js" };
export type PackageManager = keyof typeof tools;

/** The packed package of `installedPackage`, as a version in a package.json. */
export async function packed(): Promise<string> {
  const project = await installedPackage();
  const tarball = (await readdir(project)).find((name) => name.endsWith(".tgz"));
  return `file:${join(project, tarball!)}`;
}

/** Writes files below a folder. Values other than strings are written as JSON. */
export async function lay(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await writeFile(join(folder, name), text);
  }
}

/** Gives a folder its own node_modules with the packages of `installedPackage`. Files are hard links: replace, never edit. */
export async function ownPackages(folder: string): Promise<string> {
  await lay(folder, { "package.json": { private: true } });
  const modules = join(folder, "node_modules");
  await execa("cp", [
    "--archive",
    "--link",
    join(await installedPackage(), "node_modules"),
    modules,
  ]);
  return modules;
}

/** Package managers from the npm registry, each with its own cache in `folder`. */
export class PackageManagers {
  readonly #folder: string;
  readonly #fetched = new Map<PackageManager, Promise<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Installs the dependencies in the project's package.json. */
  async install(manager: PackageManager, project: string): Promise<void> {
    const program = await this.#program(manager);
    const args = manager === "pnpm" ? ["install", "--no-frozen-lockfile"] : ["install"];
    await execa("node", [program, ...args], { cwd: project, env: await this.#environment() });
  }

  async #program(manager: PackageManager): Promise<string> {
    const fetch = async (): Promise<string> => {
      const folder = join(this.#folder, manager);
      await lay(folder, { "package.json": { private: true } });
      await execa(
        "npm",
        ["install", "--no-audit", "--no-fund", "--prefer-offline", tools[manager]],
        {
          cwd: folder,
        },
      );
      return join(folder, "node_modules", programs[manager]);
    };
    const fetching = this.#fetched.get(manager) ?? fetch();
    this.#fetched.set(manager, fetching);
    return fetching;
  }

  /** Passes on npm's registry, because not all of them read npm's configuration. */
  async #environment(): Promise<Record<string, string>> {
    const { stdout: registry } = await execa("npm", ["config", "get", "registry"]);
    return {
      npm_config_registry: registry,
      npm_config_store_dir: join(this.#folder, "store"),
      npm_config_cache_dir: join(this.#folder, "pnpm-cache"),
      npm_config_ignore_scripts: "true",
      npm_config_manage_package_manager_versions: "false",
      YARN_NPM_REGISTRY_SERVER: registry.replace(/\/$/, ""),
      YARN_GLOBAL_FOLDER: join(this.#folder, "yarn-global"),
      YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
      YARN_ENABLE_SCRIPTS: "false",
      YARN_ENABLE_TELEMETRY: "false",
    };
  }
}
