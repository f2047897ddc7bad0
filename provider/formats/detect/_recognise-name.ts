import { basename } from "node:path";
import type { FormatName } from "../../schema/names";

const names: readonly (readonly [RegExp, FormatName])[] = [
  [/\.(?:raw|img)(?:\.(?:gz|zst))?$/i, "raw"],
  [/\.qcow2$/i, "qcow2"],
  [/\.vmdk$/i, "vmdk"],
  [/\.ova$/i, "ova"],
  [/\.(?:vhd|vpc)$/i, "vhd"],
  [/\.(?:tar\.gz|tgz)$/i, "gce"],
  [/\.oci\.tar$/i, "containerdisk"],
  [/\.iso$/i, "iso"],
];

/** The format that a file's name says, or undefined where it says none. */
export function formatInName(path: string): FormatName | undefined {
  return names.find(([pattern]) => pattern.test(path))?.[1];
}

/** A file's name without its folder and without what says its format. */
export function nameWithoutFormat(path: string): string {
  const file = basename(path);
  const known = names.find(([pattern]) => pattern.test(file));
  return known === undefined ? file.replace(/\.[^.]*$/, "") : file.replace(known[0], "");
}
