import type { FileKind } from "../../plan/formats";
import type { FormatName } from "../../schema/names";
import { readEnds } from "./read";
import { lookAtBytes, type Look } from "./magic";
import { formatInName } from "./_recognise-name";
import { diskSizeIn } from "./_recognise-size";
import { wholenessProblem } from "./whole";

/** What a file is, or why it can be published as nothing: a phrase that follows its name. */
type Chosen = { readonly kind: FileKind } | { readonly problem: string };
export type Recognised =
  | { readonly kind: FileKind; readonly diskSizeBytes: number | undefined }
  | { readonly problem: string };

/**
 * By the bytes. Where the name says something else, nobody knows but whoever made it (a guest can write what looks like
 * another format into its raw disk): then it is what `wanted` says, and without that it is refused.
 */
export async function recognise(path: string, wanted?: FormatName): Promise<Recognised> {
  const ends = await readEnds(path);
  if (ends.sizeBytes === 0) return { problem: "is empty" };
  const chosen = choose(await lookAtBytes(path, ends), formatInName(path), wanted);
  if ("problem" in chosen) return chosen;
  const problem = await wholenessProblem(path, chosen.kind, ends);
  return problem === undefined
    ? { ...chosen, diskSizeBytes: diskSizeIn(chosen.kind, ends) }
    : { problem };
}

const rawDisk: FileKind = { type: "raw", compression: "none" };

/** Pure: from what the bytes and the name say, and what the person says. */
export function choose(
  look: Look,
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
