import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const projectFiles = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/**
 * The root folder of the Pulumi project that runs the program in `programFolder`; relative paths of inputs resolve against
 * it.
 *
 * The engine passes the root only to the program, and refresh and destroy do not run the program. It starts the provider in
 * the program's folder and passes the project's name (`PULUMI_NODEJS_PROJECT`). If there are several project files at or
 * above the program, because `main:` points into the folder of another project, the root is that of the file with this name
 * whose `main:` is the program.
 */
export function projectRoot(programFolder: string, projectName: string | undefined): string {
  const found = projectFilesAbove(programFolder);
  const [nearest] = found;
  if (nearest === undefined) return programFolder;
  if (found.length === 1) return dirname(nearest);
  const runs = found.filter((file) => runsProgram(file, programFolder, projectName));
  return dirname(runs[0] ?? nearest);
}

/** Project files at or above a folder, the nearest first. */
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
  // `main:` is a folder or a file; the engine starts the program in that folder, or in the folder of the file.
  const folder = stats.isDirectory() ? program : dirname(program);
  return realpathSync(folder) === realpathSync(programFolder);
}

function readProject(file: string): { name?: unknown; main?: unknown } {
  // Loaded only if there are several project files.
  const { parse } = require("yaml") as typeof import("yaml");
  try {
    const project: unknown = parse(readFileSync(file, "utf8"));
    return typeof project === "object" && project !== null ? project : {};
  } catch {
    // The engine cannot read the file either, so it is not the running project.
    return {};
  }
}
