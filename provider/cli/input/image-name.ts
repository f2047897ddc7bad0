import { basename } from "node:path";
import type { InputProblem } from "../../base/errors";
import { longestImageName } from "../../schema/names";
import { isWebAddress } from "./targets";

/** `Palette Edge-4.5.iso` becomes `palette-edge-4.5`, which can be part of file names, keys and labels. */
export function nameFrom(installer: string): string {
  const path = isWebAddress(installer) ? installer.replace(/[?#].*$/s, "") : installer;
  return plainName(basename(path).replace(/\.iso$/i, ""));
}

/** A file's name without the characters that an image's name may not contain. */
export function plainName(file: string): string {
  const name = file
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .slice(0, 40)
    .replace(/^[.-]+|[.-]+$/g, "");
  return name === "" ? "image" : name;
}

export function nameProblems(name: string): InputProblem[] {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name) && name.length <= longestImageName) return [];
  const reason = `must be at most ${longestImageName} letters, digits, dots, hyphens and underscores, and start with a letter or digit`;
  return [{ path: "--name", reason }];
}
