import { basename } from "node:path";
import type { InputProblem } from "../../base/errors";
import { longestImageName } from "../../schema/names";
import { isWebAddress } from "./target";

/** `Palette Edge-4.5.iso` as `palette-edge-4.5`: a part of file names, keys and labels. */
export function nameFrom(installer: string): string {
  const path = isWebAddress(installer) ? installer.replace(/[?#].*$/s, "") : installer;
  return plainName(basename(path).replace(/\.iso$/i, ""));
}

/** A file's name without what cannot stand in a name of an image. */
export function plainName(file: string): string {
  const name = file
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .slice(0, 40)
    .replace(/^[.-]+|[.-]+$/g, "");
  return name === "" ? "image" : name;
}

export function nameProblems(name: string): InputProblem[] {
  return /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name) && name.length <= longestImageName
    ? []
    : [
        {
          path: "--name",
          reason: `must be letters, digits, dots, hyphens and underscores, ${longestImageName} at most`,
        },
      ];
}
