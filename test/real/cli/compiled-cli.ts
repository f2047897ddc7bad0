import { existsSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

const repository = join(__dirname, "..", "..", "..");

let compiled: Promise<string> | undefined;

/** The path of the compiled command line: in CI the one in dist/, else compiled from the sources for this process. */
export function compiledCli(): Promise<string> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<string> {
  if (process.env["STYLUS_TEST_SHARED"] !== undefined) return mainBelow(join(repository, "dist"));
  // Inside the repository, so that node_modules is found.
  const cache = join(repository, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "stylus-image-cli-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
  const buildInfo = ["--tsBuildInfoFile", join(folder, ".tsbuildinfo")];
  const arguments_ = ["-p", "tsconfig.build.json", "--outDir", folder, ...buildInfo];
  // Type errors are reported by the type check.
  const { stdout } = await execa(process.execPath, [tsc, ...arguments_], {
    cwd: repository,
    reject: false,
  });
  // Tests also run it as other users.
  await chmod(folder, 0o755);
  const main = mainBelow(folder);
  if (!existsSync(main)) throw new Error(`the command line was not compiled: ${stdout}`);
  return main;
}

const mainBelow = (folder: string): string => join(folder, "provider", "cli", "main.js");

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
