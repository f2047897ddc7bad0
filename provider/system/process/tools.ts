import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { StylusError, type InputProblem } from "../../base/errors";
import { memo } from "../../base/memo";
import { throwIfCancelled } from "../../base/cancellation";
import { searchPath, startChild } from "./child";
import { toolTable, type ToolName } from "./tool-table";

export type { ToolName } from "./tool-table";

export interface FoundTool {
  /** Absolute path. */
  readonly path: string;
  /** As the tool prints it: `7.2.22`. */
  readonly version: string;
}

/** Found tools by name. */
export type Tools<N extends ToolName = ToolName> = Readonly<Record<N, FoundTool>>;

const notInstalled = "is not installed";
const versionTimeoutMilliseconds = 30_000;

type Finding = FoundTool | { readonly problem: string };

/** Versions by path: a tool does not change while this process runs. */
const versions = memo<Promise<string>>();

/**
 * Finds external tools on PATH and in the folders that only root has in it, and checks their versions. Reports all tools
 * that are missing or too old at once, with the packages to install.
 */
export async function findTools<N extends ToolName>(
  names: readonly N[],
  signal: AbortSignal,
): Promise<Tools<N>> {
  throwIfCancelled(signal);
  await requireSetpriv(names);
  const findings = await Promise.all(
    names.map(async (name) => ({ name, finding: await findTool(name) })),
  );
  throwIfCancelled(signal);
  const found: Partial<Record<N, FoundTool>> = {};
  const problems: InputProblem[] = [];
  for (const { name, finding } of findings) {
    if ("problem" in finding) problems.push({ path: name, reason: finding.problem });
    else found[name] = finding;
  }
  if (problems.length > 0) throw missingTools(names, problems);
  // Every name is set now, which the type `Partial` does not express.
  return found as Tools<N>;
}

/** Every other tool is started by setpriv, which is therefore checked first. */
async function requireSetpriv(names: readonly ToolName[]): Promise<void> {
  if ((await locate("setpriv")) !== undefined) return;
  const all = [...new Set<ToolName>(["setpriv", ...names])];
  const paths = await Promise.all(all.map(locate));
  const absent = all.filter((_, index) => paths[index] === undefined);
  throw missingTools(
    absent,
    absent.map((path) => ({ path, reason: notInstalled })),
  );
}

async function findTool(name: ToolName): Promise<Finding> {
  const path = await locate(name);
  if (path === undefined) return { problem: notInstalled };
  const { minimum } = toolTable[name];
  const version = await askVersion(name, path);
  if (version === "") return { problem: `(${path}) does not print its version` };
  if (isOlder(version, minimum)) {
    return { problem: `(${path}) is version ${version}, needed is ${minimum} or later` };
  }
  return { path, version };
}

/** The path of an executable program, from PATH and the folders that only root has in it. */
export async function locate(name: string): Promise<string | undefined> {
  for (const folder of searchPath().split(delimiter)) {
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      async () => (await stat(path)).isFile(),
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}

/** The version number; empty if the tool does not print one. */
async function askVersion(name: ToolName, path: string): Promise<string> {
  const version = await versions.get(path, () => readVersion(name, path));
  if (version === "") versions.delete(path);
  return version;
}

async function readVersion(name: ToolName, path: string): Promise<string> {
  const { versionArgs, versionPattern } = toolTable[name];
  // Not the caller's signal: the result is shared with other callers.
  const signal = AbortSignal.timeout(versionTimeoutMilliseconds);
  let stdout = "";
  const onStdout = (chunk: Buffer) => (stdout += chunk.toString("latin1"));
  const { stderr } = await startChild(path, versionArgs, { signal, onStdout }).ended;
  return versionPattern.exec(stdout + stderr)?.[1] ?? "";
}

/** Compares dotted numbers: `5.2` is older than `5.10`, `7.2.22` is not older than `7.2`. */
export function isOlder(version: string, than: string): boolean {
  const own = version.split(".").map(Number);
  const other = than.split(".").map(Number);
  for (const [index, wanted] of other.entries()) {
    const has = own[index] ?? 0;
    if (has !== wanted) return has < wanted;
  }
  return false;
}

function missingTools(names: readonly ToolName[], problems: readonly InputProblem[]): StylusError {
  const concerned = names.filter((name) => problems.some(({ path }) => path === name));
  const packages = [...new Set(concerned.map((name) => toolTable[name].debianPackage))].sort();
  return new StylusError("host.tool-missing", {
    what:
      problems.length === 1
        ? `The build host lacks the tool \`${concerned.join()}\`.`
        : `The build host lacks ${problems.length} tools: \`${concerned.join("`, `")}\`.`,
    next: `On Debian and Ubuntu: sudo apt-get install -y ${packages.join(" ")}`,
    problems,
  });
}
