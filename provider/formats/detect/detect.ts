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

/** The format by a file's extension, or undefined. */
export function formatInName(path: string): FormatName | undefined {
  return names.find(([pattern]) => pattern.test(path))?.[1];
}

/** A file's name without folder and without the extension of its format. */
export function nameWithoutFormat(path: string): string {
  const file = basename(path);
  const known = names.find(([pattern]) => pattern.test(file));
  return known === undefined ? file.replace(/\.[^.]*$/, "") : file.replace(known[0], "");
}

/**
 * The format of a file, or the reason why it cannot be published: a phrase that follows the file's
 * name.
 */
type Chosen = { readonly kind: FileKind } | { readonly problem: string };
type DetectedFormat =
  | { readonly kind: FileKind; readonly diskSizeBytes: number | undefined }
  | { readonly problem: string };

/**
 * Detects a file's format by its bytes. If the file's name says another format, only the user can
 * decide, because a guest can write the header of another format into its raw disk: `requested`
 * decides, and without it the file is refused.
 */
export async function detectFormat(path: string, requested?: FormatName): Promise<DetectedFormat> {
  const ends = await readEnds(path);
  if (ends.sizeBytes === 0) return { problem: "is empty" };
  const chosen = decideFormat(await formatOfContent(path, ends), formatInName(path), requested);
  if ("problem" in chosen) return chosen;
  const problem = await integrityProblem(path, chosen.kind, ends);
  return problem === undefined
    ? { ...chosen, diskSizeBytes: diskSizeIn(chosen.kind, ends) }
    : { problem };
}

const rawDisk: FileKind = { type: "raw", compression: "none" };

/** Pure: decides by the content, by the name, and by the user's option. */
export function decideFormat(
  content: ContentFormat,
  byName: FormatName | undefined,
  requested: FormatName | undefined,
): Chosen {
  // Any file can be a raw disk.
  if (requested === "raw") return { kind: content.kind?.type === "raw" ? content.kind : rawDisk };
  if (content.problem !== undefined) return { problem: content.problem };
  const kind = content.kind ?? (byName === "raw" ? rawDisk : undefined);
  if (kind === undefined) {
    const doubt = "looks like none of the formats";
    return {
      problem:
        requested === undefined
          ? `${doubt}; give --format raw if it is a disk`
          : isNot(requested, doubt),
    };
  }
  const found = `looks like ${kind.type}`;
  if (requested !== undefined) {
    return requested === kind.type ? { kind } : { problem: isNot(requested, found) };
  }
  if (byName === undefined || byName === kind.type) return { kind };
  const why = byName === "raw" ? ", which a guest can write into its own disk" : "";
  return { problem: `is named as ${byName} and ${found}${why}; say with --format what it is` };
}

function isNot(requested: FormatName, found: string): string {
  return `is no ${requested}, as --format says: it ${found}`;
}
