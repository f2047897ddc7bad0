import { execa } from "execa";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { madeOnce, removeOwnFolder } from "../support/shared-folder";

const repository = join(__dirname, "..", "..");
const languageVersion = "^5.9.0";

let own: Promise<string> | undefined;

/** A folder with the packed package, installed by npm. Test processes share it, so they must not change it. */
export function installedPackage(): Promise<string> {
  return madeOnce("project", (folder) => installPackage(folder));
}

/** A folder of this process in which programs find the installed package. */
export function userProject(): Promise<string> {
  own ??= installedPackage().then((folder) => mkdtemp(join(folder, "programs-")));
  return own;
}

export async function removeUserProject(): Promise<void> {
  if (own !== undefined) await rm(await own, { recursive: true, force: true });
  await removeOwnFolder();
}

/** Installs the package and others into an empty folder with the given npm flags. */
export async function installPackage(
  folder: string,
  others: Readonly<Record<string, string>> = {},
  ...flags: readonly string[]
): Promise<void> {
  const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const packed = await execa("npm", packing, { cwd: repository });
  const [tarball] = JSON.parse(packed.stdout) as [{ filename: string }];
  const manifest = {
    name: "user-project",
    private: true,
    dependencies: {
      "pulumi-stylus-image": `file:./${tarball.filename}`,
      // Pulumi requires a version below 7.
      typescript: languageVersion,
      "@types/node": "^22",
      ...others,
    },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const quick = ["--no-audit", "--no-fund", "--prefer-offline"];
  await execa("npm", ["install", ...quick, ...flags], { cwd: folder });
}

const typescriptFile = "index.ts";
const compilerOptions = {
  strict: true,
  target: "es2022",
  module: "nodenext",
  moduleResolution: "nodenext",
  skipLibCheck: true,
};
/** For Pulumi.yaml: the program is run without TypeScript's compiler. */
const javascript = "  options:\n    typescript: false\n";

type Settings = Readonly<Record<string, string>>;

export interface StackOptions {
  readonly name: string;
  readonly program: string;
  /** The file of the program, in TypeScript (the default) or in JavaScript. */
  readonly programFile?: "index.ts" | "index.js";
  /** The cache folder. For the package, stacks with different cache folders are on different machines. */
  readonly cache: string;
  /** Folder of the file backend. The stacks of one project share one. */
  readonly backend: string;
  /** Folders to put first on PATH. */
  readonly path?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: Settings;
  readonly secrets?: Settings;
}

export interface Ran {
  readonly output: string;
  readonly exitCode: number;
}

/** A Pulumi stack, operated with the real CLI. */
export class Stack {
  readonly folder: string;
  readonly #options: StackOptions;

  private constructor(folder: string, options: StackOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async create(options: StackOptions): Promise<Stack> {
    const folder = join(await userProject(), "projects", options.name);
    await mkdir(folder, { recursive: true });
    await mkdir(options.backend, { recursive: true });
    const { programFile = typescriptFile } = options;
    const language = programFile === typescriptFile ? "" : javascript;
    await writeFile(
      join(folder, "Pulumi.yaml"),
      `name: fleet\nruntime:\n  name: nodejs\n${language}main: ${programFile}\n`,
    );
    if (programFile === typescriptFile) {
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    }
    const stack = new Stack(folder, options);
    await stack.write(options.program);
    await stack.run(["stack", "init", options.name]);
    await stack.configure(options.config, options.secrets);
    return stack;
  }

  /** A stack in the test's own project, which already has its packages, Pulumi.yaml and program. */
  static async at(folder: string, options: Omit<StackOptions, "program">): Promise<Stack> {
    await mkdir(options.backend, { recursive: true });
    const stack = new Stack(folder, { ...options, program: "" });
    await stack.run(["stack", "init", options.name]);
    return stack;
  }

  /** The same stack, operated from another folder or with other settings. */
  elsewhere(folder: string, more: Partial<StackOptions> = {}): Stack {
    const options = { ...this.#options, ...more };
    // The CLI remembers the selected stack by the project's folder.
    const env = { ...options.env, PULUMI_STACK: options.name };
    return new Stack(folder, { ...options, env });
  }

  async configure(config: Settings = {}, secrets: Settings = {}): Promise<void> {
    const flags = (flag: string, settings: Settings): string[] =>
      Object.entries(settings).flatMap(([key, value]) => [flag, `${key}=${value}`]);
    const all = [...flags("--plaintext", config), ...flags("--secret", secrets)];
    if (all.length > 0) await this.run(["config", "set-all", ...all]);
  }

  async write(program: string): Promise<void> {
    await writeFile(join(this.folder, this.#options.programFile ?? typescriptFile), program);
  }

  environment(): Record<string, string> {
    const { cache, backend, path = [], env = {} } = this.#options;
    return {
      XDG_CACHE_HOME: cache,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_HOME: join(backend, "home"),
      PULUMI_CONFIG_PASSPHRASE: "only for tests",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PATH: [...path, process.env["PATH"] ?? ""].join(delimiter),
      ...env,
    };
  }

  /** Starts the CLI without waiting for its end. */
  start(args: readonly string[]) {
    return execa("pulumi", [...args, "--non-interactive"], {
      cwd: this.folder,
      env: this.environment(),
      stdin: "ignore",
      all: true,
      reject: false,
      detached: true,
    });
  }

  async run(args: readonly string[], expectedExit = 0): Promise<Ran> {
    const { all, exitCode } = await this.start(args);
    if (exitCode !== expectedExit) {
      throw new Error(`pulumi ${args.join(" ")} ended with ${exitCode ?? "a signal"}:\n${all}`);
    }
    return { output: all, exitCode };
  }

  preview = (...more: string[]): Promise<Ran> => this.run(["preview", "--diff", ...more]);
  up = (...more: string[]): Promise<Ran> => this.run(["up", "--yes", "--skip-preview", ...more]);
  refresh = (): Promise<Ran> => this.run(["refresh", "--yes", "--skip-preview"]);
  destroy = (): Promise<Ran> => this.run(["destroy", "--yes", "--skip-preview"]);

  async outputs<T>(): Promise<T> {
    const { output } = await this.run(["stack", "output", "--json", "--show-secrets"]);
    return JSON.parse(output) as T;
  }

  /** The state file in the backend. */
  async stateText(): Promise<string> {
    const file = join(
      this.#options.backend,
      ".pulumi",
      "stacks",
      "fleet",
      `${this.#options.name}.json`,
    );
    return existsSync(file) ? readFile(file, "utf8") : "";
  }
}
