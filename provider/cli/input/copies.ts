import { basename, resolve } from "node:path";
import { pathProblem } from "../../schema/check-rules";
import type { ImageOptions } from "../options/image";
import { formatNamesOf } from "./format-options";
import type { Parsed } from "./parsed";

/** A copy of a publication under a name that stays the same from build to build. */
export interface Copy {
  readonly format: string;
  /** Absolute. */
  readonly path: string;
}

export type CopyOptions = Pick<ImageOptions, "copy" | "installer" | "format" | "to">;

const wellFormed = /^([a-z0-9]+)=(.*[^/])$/s;

/** `--copy format=file`; `*` in the file's name stands for the installer's name. */
export function parseCopies(options: CopyOptions): Parsed<readonly Copy[]> {
  const { copy = [], installer, to } = options;
  const formats = formatNamesOf(options.format);
  const copies: Copy[] = [];
  const reasons: string[] = [];
  for (const text of copy) {
    const [, format, file] = wellFormed.exec(text) ?? [];
    if (format === undefined || file === undefined) {
      reasons.push(`"${text}" is not of the form format=file, such as qcow2=edge.qcow2`);
      continue;
    }
    const problem = pathProblem(file);
    if (problem !== undefined) reasons.push(`"${file}" ${problem}`);
    if (!formats.includes(format)) reasons.push(`"${text}" needs --format ${format}`);
    const path = resolve(file.replaceAll("*", () => installerName(installer ?? "")));
    if (copies.some((other) => other.path === path)) reasons.push(`names ${path} twice`);
    if (installer !== undefined && path === resolve(installer)) {
      reasons.push(`would replace the installer ${installer}; move the installer elsewhere`);
    }
    copies.push({ format, path });
  }
  if (copies.length > 0 && to?.every((target) => target.includes("://")) === true) {
    reasons.push("needs a folder among the --to values, to copy from");
  }
  return { value: copies, problems: reasons.map((reason) => ({ path: "--copy", reason })) };
}

/** `https://host/Edge%20Installer-4.5.iso?signature` becomes `Edge Installer-4.5`, the old builder's image name. */
export function installerName(installer: string): string {
  const isUrl = /^https?:\/\//i.test(installer);
  const name = basename(isUrl ? decode(installer.replace(/[?#].*$/s, "")) : installer);
  return name.replace(/\.iso$/i, "") || "image";
}

function decode(url: string): string {
  const name = url.replace(/.*\//s, "");
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
