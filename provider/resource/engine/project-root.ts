import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const projectFiles = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/**
 * The root folder of the Pulumi project that runs the program in `programFolder`; relative paths of inputs start there.
 *
 * The engine tells the root to the program only, and a refresh or a destroy runs no program. It starts the provider in
 * the program's folder and gives it the project's name (`PULUMI_NODEJS_PROJECT`). Where several project files lie at
 * or above the program, as where `main:` points into the folder of another project, the root's is the one with this
 * name whose `main:` is the program.
 */
export function projectRoot(programFolder: string, projectName: string | undefined): string {
  const found = projectFilesAbove(programFolder);
  const [nearest] = found;
  if (nearest === undefined) return programFolder;
  if (found.length === 1) return dirname(nearest);
  const runs = found.filter((file) => runsProgram(file, programFolder, projectName));
  return dirname(runs[0] ?? nearest);
}

/** The nearest first. */
function projectFilesAbove(start: string): string[] {
  const found: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    const file = projectFiles.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (file !== undefined) found.push(file);
    if (folder === dirname(folder)) return found;
  }
}

function runsProgram(
  file: string,
  programFolder: string,
  projectName: string | undefined,
): boolean {
  const { name, main } = readProject(file);
  if (projectName !== undefined && name !== projectName) return false;
  const program = resolve(dirname(file), typeof main === "string" ? main : ".");
  const stats = statSync(program, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  // The engine starts the program in the folder that `main:` names, or in that of the file that it names.
  const folder = stats.isDirectory() ? program : dirname(program);
  return realpathSync(folder) === realpathSync(programFolder);
}

function readProject(file: string): { name?: unknown; main?: unknown } {
  // Loaded only where several projects lie around the program.
  const { parse } = require("yaml") as typeof import("yaml");
  try {
    const project: unknown = parse(readFileSync(file, "utf8"));
    return typeof project === "object" && project !== null ? project : {};
  } catch {
    // The engine could not read it either, so it is not the project that runs.
    return {};
  }
}
