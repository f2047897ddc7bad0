import { basename } from "node:path";
import type { FileKind } from "../../plan/formats";
import type { FormatName } from "../../schema/names";
import { type ContentFormat, formatOfContent } from "./magic";
import { diskSizeIn, readEnds } from "./read";
import { integrityProblem } from "./integrity";

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

/** What a file is, or why it can be published as nothing: a phrase that follows its name. */
type Chosen = { readonly kind: FileKind } | { readonly problem: string };
type DetectedFormat =
  | { readonly kind: FileKind; readonly diskSizeBytes: number | undefined }
  | { readonly problem: string };

/**
 * By the bytes. Where the name says something else, nobody knows but whoever made it (a guest can write what looks like
 * another format into its raw disk): then it is what `wanted` says, and without that it is refused.
 */
export async function detectFormat(path: string, wanted?: FormatName): Promise<DetectedFormat> {
  const ends = await readEnds(path);
  if (ends.sizeBytes === 0) return { problem: "is empty" };
  const chosen = decideFormat(await formatOfContent(path, ends), formatInName(path), wanted);
  if ("problem" in chosen) return chosen;
  const problem = await integrityProblem(path, chosen.kind, ends);
  return problem === undefined
    ? { ...chosen, diskSizeBytes: diskSizeIn(chosen.kind, ends) }
    : { problem };
}

const rawDisk: FileKind = { type: "raw", compression: "none" };

/** Pure: from what the bytes and the name say, and what the person says. */
export function decideFormat(
  look: ContentFormat,
  named: FormatName | undefined,
  wanted: FormatName | undefined,
): Chosen {
  // Any file can be a raw disk.
  if (wanted === "raw") return { kind: look.kind?.type === "raw" ? look.kind : rawDisk };
  if (look.problem !== undefined) return { problem: look.problem };
  const kind = look.kind ?? (named === "raw" ? rawDisk : undefined);
  if (kind === undefined) {
    const doubt = "looks like none of the formats";
    return {
      problem:
        wanted === undefined ? `${doubt}; give --format raw if it is a disk` : isNot(wanted, doubt),
    };
  }
  const found = `looks like ${kind.type}`;
  if (wanted !== undefined) {
    return wanted === kind.type ? { kind } : { problem: isNot(wanted, found) };
  }
  if (named === undefined || named === kind.type) return { kind };
  const why = named === "raw" ? ", which a guest can write into its own disk" : "";
  return { problem: `is named as ${named} and ${found}${why}; say with --format what it is` };
}

function isNot(wanted: FormatName, found: string): string {
  return `is no ${wanted}, as --format says: it ${found}`;
}
