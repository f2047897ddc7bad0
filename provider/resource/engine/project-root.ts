import { readFileSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

/** The root that the engine told the program. */
export interface ToldRoot {
  /** The root, relative to the program's folder: the input `__projectRoot`. Absent if both are the same folder. */
  readonly told?: string | undefined;
  /** Whether the program is running. Refresh and destroy do not run it, and get what state holds. */
  readonly isRunning: boolean;
}

/** Information of the provider process about the engine's project. */
export interface RootSources extends ToldRoot {
  /** The folder of the program, in which the engine starts the provider. */
  readonly programFolder: string;
  /** Name of the running project. */
  readonly projectName: string | undefined;
  /** The folder in which the engine was started, from which it looks for the project file. */
  readonly engineFolder?: string | undefined;
}

/** The engine accepts these, in this order. */
const projectFiles = ["Pulumi.json", "Pulumi.yaml", "Pulumi.yml"];

/**
 * The root folder of the Pulumi project that runs the program; relative paths of inputs resolve against it. It is the
 * engine's own answer:
 *
 * 1. What the engine told the program. Refresh and destroy find it in state, where it may be outdated.
 * 2. The nearest project file from the folder of the engine's process, which is how the engine finds it.
 * 3. The nearest project file at or above the program.
 *
 * Apart from what a running program was told, a project file counts only if its name is that of the running project and its
 * `main:` is the program; only the last resort is the nearest file whatever it contains.
 *
 * An inline program of the Automation API has no folder of its own unless `workDir` names one: then the root is the folder
 * in which its process runs, because the temporary one of the API is a new one in each run.
 */
export function projectRoot(sources: RootSources): string {
  const { programFolder, told, isRunning, engineFolder } = sources;
  const toldFolder = told === undefined ? undefined : resolve(programFolder, told);
  if (isRunning && toldFolder !== undefined) return toldFolder;
  const fromEngine = engineFolder === undefined ? undefined : nearestProject(engineFolder);
  const candidates = new Set(
    [fromEngine, toldFolder, ...projectsAbove(programFolder)].filter((it) => it !== undefined),
  );
  const [only] = candidates;
  // With one candidate there is nothing to decide, and the file is not read.
  const root = candidates.size === 1 ? only : [...candidates].find((it) => runs(it, sources));
  const found = root ?? nearestProject(programFolder) ?? programFolder;
  return isTemporary(found) ? programFolder : found;
}

/** The temporary folder that the Automation API makes for each process. */
function isTemporary(folder: string): boolean {
  return basename(folder).startsWith("automation-") && isSameFolder(dirname(folder), tmpdir());
}

function nearestProject(start: string): string | undefined {
  return projectsAbove(start)[0];
}

function projectsAbove(start: string): string[] {
  return foldersAbove(start).filter((folder) => filesIn(folder).length > 0);
}

/** A folder and those above it. */
function foldersAbove(start: string): string[] {
  const parent = dirname(start);
  return parent === start ? [start] : [start, ...foldersAbove(parent)];
}

function filesIn(folder: string): string[] {
  const paths = projectFiles.map((name) => join(folder, name));
  return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** Whether the folder's project is the running one. The engine reads the first file, and ignores others beside it. */
function runs(folder: string, { programFolder, projectName }: RootSources): boolean {
  const [file] = filesIn(folder);
  if (file === undefined) return false;
  const { name, main } = readProject(file);
  if (projectName !== undefined && name !== projectName) return false;
  const program = resolve(folder, typeof main === "string" && main !== "" ? main : ".");
  const stats = statSync(program, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  // `main:` is a folder or a file; the engine starts the program in that folder, or in the folder of the file.
  return isSameFolder(stats.isDirectory() ? program : dirname(program), programFolder);
}

function isSameFolder(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

function readProject(file: string): { name?: unknown; main?: unknown } {
  const { parse } = require("yaml") as typeof import("yaml");
  try {
    const project: unknown = parse(readFileSync(file, "utf8"));
    return typeof project === "object" && project !== null ? project : {};
  } catch {
    // The engine cannot read the file either, so it is not the running project.
    return {};
  }
}
