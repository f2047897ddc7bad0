import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

const packageName = "pulumi-stylus-image";

/** This package as it is installed somewhere. */
export interface Installed {
  /** Its package.json. */
  readonly manifest: string;
  readonly version: string;
}

/**
 * What is wrong where the provider process would not run the package that the program uses, and the line that mends
 * it. The process looks from the program's folder, the program from the module that imports: under pnpm, or with two
 * versions in one tree, they find different things or nothing.
 */
export function entryFault(
  folder: string,
  used: Installed | undefined,
  found: Installed | undefined,
): string | undefined {
  const line = `"${packageName}": "^${used?.version ?? "0"}"`;
  const mend = `Add the line ${line} to "dependencies" in ${manifestFor(folder)} and install again.`;
  if (found === undefined) {
    return `The Pulumi provider process finds no ${packageName} from ${folder}. ${mend}`;
  }
  if (used === undefined || !isOlder(found.version, used.version)) return undefined;
  return (
    `${used.manifest} is version ${used.version}, but the Pulumi provider process would run the older ` +
    `${found.version} of ${found.manifest}. ${mend}`
  );
}

/** What is used and found are the same, except where a newer provider serves an older program, which it can. */
export function entryNotice(
  used: Installed | undefined,
  found: Installed | undefined,
): string | undefined {
  if (used === undefined || found === undefined || used.version === found.version) return undefined;
  return (
    `${used.manifest} is version ${used.version}; its images are managed by the newer ${found.version} of ` +
    `${found.manifest}, which the Pulumi provider process runs.`
  );
}

let checkedFolder: string | undefined;

/** Ends the program with what `entryFault` says. Once per folder, for an answer costs file accesses. */
export function requireProviderEntry(): void {
  const folder = process.cwd();
  // Without an engine, as in a user's unit tests, there is no provider process, and the folder is anybody's.
  if (folder === checkedFolder || pulumi.runtime.getEngine() === undefined) return;
  const used = installedFor(__filename);
  const found = installedFor(join(folder, "program.js"));
  const fault = entryFault(folder, used, found);
  if (fault !== undefined) throw new pulumi.RunError(fault);
  const notice = entryNotice(used, found);
  if (notice !== undefined) void pulumi.log.info(notice);
  checkedFolder = folder;
}

/** The package that an import in that file would get; a program in a checkout of this package gets the checkout. */
function installedFor(file: string): Installed | undefined {
  try {
    const manifest = createRequire(file).resolve(`${packageName}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return { manifest, version };
  } catch {
    return undefined;
  }
}

/** The package.json that decides what is installed for a folder. */
function manifestFor(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) return manifest;
    if (folder === dirname(folder)) return join(start, "package.json");
  }
}

function isOlder(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) < 0;
}
