import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

const packageName = "pulumi-stylus-image";

/** An installation of this package. */
export interface Installed {
  /** Path of its package.json. */
  readonly manifest: string;
  readonly version: string;
}

/**
 * The error message if the provider process would not find the package, or would run an older version than the program
 * uses. The process resolves the package from the program's folder, but the program from the importing module: with pnpm,
 * or with two installed versions, the results can differ.
 */
export function entryError(
  folder: string,
  used: Installed | undefined,
  found: Installed | undefined,
): string | undefined {
  const line = `"${packageName}": "^${used?.version ?? "0"}"`;
  const fix = `Add the line ${line} to "dependencies" in ${manifestFor(folder)} and install again.`;
  if (found === undefined) {
    return `The Pulumi provider process cannot find ${packageName} from ${folder}. ${fix}`;
  }
  if (used === undefined || !isOlder(found.version, used.version)) return undefined;
  return (
    `${used.manifest} is version ${used.version}, but the Pulumi provider process would run the older ` +
    `${found.version} of ${found.manifest}. ${fix}`
  );
}

/** The notice if the provider process runs a newer version than the program uses, which is supported. */
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

/** Ends the program with the message of `entryError`. Checked once per folder, because it reads files. */
export function requireProviderEntry(): void {
  const folder = process.cwd();
  // Without an engine, as in unit tests of a program, there is no provider process.
  if (folder === checkedFolder || pulumi.runtime.getEngine() === undefined) return;
  const used = installedFor(__filename);
  const found = installedFor(join(folder, "program.js"));
  const error = entryError(folder, used, found);
  if (error !== undefined) throw new pulumi.RunError(error);
  const notice = entryNotice(used, found);
  if (notice !== undefined) void pulumi.log.info(notice);
  checkedFolder = folder;
}

/** The package that an import in the file resolves to. In a checkout of this package, that is the checkout. */
function installedFor(file: string): Installed | undefined {
  try {
    const manifest = createRequire(file).resolve(`${packageName}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return { manifest, version };
  } catch {
    return undefined;
  }
}

/** The package.json that determines the installed packages of a folder. */
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
