import { realpathSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** The engine starts the program and the provider in the same folder. The program may leave it later. */
const programFolder = process.cwd();

/**
 * The root of the project as the engine told the program, relative to the program's folder, so that it is the same on every
 * machine. The provider is not told. Nothing if both are the same folder, and in a program that no project file belongs to.
 */
export function toldRoot(): { readonly __projectRoot?: string } {
  const root = pulumi.getRootDirectory();
  // In an inline program it is not a path.
  if (!isAbsolute(root)) return {};
  try {
    const path = relative(realpathSync(programFolder), realpathSync(root));
    return path === "" ? {} : { __projectRoot: path };
  } catch {
    return {};
  }
}
