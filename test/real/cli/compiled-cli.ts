import { existsSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

const repository = join(__dirname, "..", "..", "..");

let compiled: Promise<string> | undefined;

/** The path of the program as the package ships it, compiled from the sources once per test run. */
export function compiledCli(): Promise<string> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<string> {
  // Inside the repository, so that node_modules is found.
  const cache = join(repository, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "stylus-image-cli-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
  const arguments_ = ["-p", "tsconfig.build.json", "--outDir", folder];
  // Type errors are reported by the type check.
  const { stdout } = await execa(process.execPath, [tsc, ...arguments_], {
    cwd: repository,
    reject: false,
  });
  // Tests also run it as other users.
  await chmod(folder, 0o755);
  const main = join(folder, "provider", "cli", "main.js");
  if (!existsSync(main)) throw new Error(`the command line was not compiled: ${stdout}`);
  return main;
}

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly nodeOptions?: readonly string[];
}

/** Runs the program without the variables of the caller's environment that it would read. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<Ended> {
  const { exitCode, stdout, stderr } = await startCli(await compiledCli(), args, options);
  return { exitCode, stdout, stderr };
}

export function startCli(main: string, args: readonly string[], options: CliOptions) {
  const { cwd, env = {}, input = "", nodeOptions = [] } = options;
  return execa(process.execPath, [...nodeOptions, main, ...args], {
    cwd,
    env: { EDGE_HOST_TOKEN: undefined, ISO_URL: undefined, CI: undefined, ...env },
    input,
    reject: false,
  });
}
