import { StylusError } from "../../base/errors";
import { redactUrl } from "../http/url";
import { parseChecksums, type ChecksumEntry } from "./checksum-file";

/** A checksum that is safe to pin an installer with. */
export type PinnedChecksum = { readonly sha256: string } | { readonly sha512: string };

interface ChecksumSource {
  /** The URL of the installer, and that of the checksum file. */
  readonly url: string;
  readonly checksumUrl: string;
}

/**
 * The installer's checksum in the text of a checksum file. The entry whose path, relative to the checksum file, is the
 * installer's counts first, then one whose path is the end of the installer's, then one with its name.
 */
export function pickChecksum(text: string, source: ChecksumSource): PinnedChecksum {
  const entries = parseChecksums(text);
  const safe = entries.filter(({ algorithm }) => isSafe(algorithm));
  const found = entriesOf(safe, source);
  const fitting = ["SHA-256", "SHA-512"]
    .map((algorithm) => found.filter((entry) => entry.algorithm === algorithm))
    .find((of) => of.length > 0);
  const [sum, ...others] = new Set(fitting?.map(({ hash }) => hash));
  if (fitting === undefined || sum === undefined) throw nothingFits(entries, source);
  if (others.length > 0) throw severalFit(fitting, 1 + others.length, source);
  return sum.length === 64 ? { sha256: sum } : { sha512: sum };
}

function isSafe(algorithm: string): boolean {
  return algorithm === "SHA-256" || algorithm === "SHA-512";
}

function entriesOf(
  entries: readonly ChecksumEntry[],
  source: ChecksumSource,
): readonly ChecksumEntry[] {
  const named = entries.filter(({ name }) => name !== undefined);
  if (named.length === 0) return entries;
  const path = pathOf(source.url);
  const ranked = named.map((entry) => ({ entry, rank: rankOf(entry.name ?? "", path, source) }));
  const best = Math.max(...ranked.map(({ rank }) => rank));
  return best === 0 ? [] : ranked.filter(({ rank }) => rank === best).map(({ entry }) => entry);
}

/** How well a name fits the path of the installer: 0 not at all, 1 by the last part only, Infinity completely. */
function rankOf(name: string, path: readonly string[], { checksumUrl }: ChecksumSource): number {
  return Math.max(
    ...[name, decoded(name)].map((spelling) => {
      const parts = partsOf(spelling);
      const whole = [...pathOf(checksumUrl).slice(0, -1), ...parts];
      if (!spelling.startsWith("/") && samePath(resolved(whole), path)) return Infinity;
      if (samePath(parts, path.slice(-parts.length))) return 1 + parts.length;
      return parts.at(-1) === path.at(-1) ? 1 : 0;
    }),
  );
}

function pathOf(url: string): readonly string[] {
  return decoded(new URL(url).pathname).split("/").slice(1);
}

function partsOf(name: string): readonly string[] {
  return name
    .normalize("NFC")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
}

function resolved(parts: readonly string[]): readonly string[] {
  const path: string[] = [];
  for (const part of parts) {
    if (part === "..") path.pop();
    else path.push(part);
  }
  return path;
}

function samePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}

/** Without percent escapes; unchanged if they are not valid. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text).normalize("NFC");
  } catch {
    return text.normalize("NFC");
  }
}

/** How many names a message shows. */
const mostNames = 5;

function nothingFits(entries: readonly ChecksumEntry[], source: ChecksumSource): StylusError {
  const name = pathOf(source.url).at(-1) ?? "";
  const others = entriesOf(entries, source).map(({ algorithm }) => algorithm);
  const why =
    others.length > 0
      ? `It has only ${[...new Set(others)].join(" and ")} of this file, and a checksum must be a SHA-256 or SHA-512.`
      : whatIsNamed(entries);
  return new StylusError("installer.not-found", {
    what: `The checksum file ${redactUrl(source.checksumUrl)} has no SHA-256 or SHA-512 for "${name}".`,
    why,
    next: advice,
  });
}

function whatIsNamed(entries: readonly ChecksumEntry[]): string {
  const names = [...new Set(entries.flatMap(({ name }) => name ?? []))];
  if (names.length === 0) return "No line of it has a checksum and a file name.";
  const more = names.length > mostNames ? `, and ${names.length - mostNames} more` : "";
  return `It names ${shown(names)}${more}.`;
}

function severalFit(
  found: readonly ChecksumEntry[],
  count: number,
  source: ChecksumSource,
): StylusError {
  const name = pathOf(source.url).at(-1) ?? "";
  const names = [...new Set(found.flatMap((entry) => entry.name ?? []))];
  const algorithms = [...new Set(found.map(({ algorithm }) => algorithm))].join(" and ");
  return new StylusError("installer.not-found", {
    what: `The checksum file ${redactUrl(source.checksumUrl)} has ${count} different ${algorithms} for "${name}".`,
    why:
      names.length === 0
        ? "Its lines have no file names."
        : `They belong to ${shown(names)}, and the path of the installer decides for none.`,
    next: advice,
  });
}

const advice = "Correct `installer.checksumUrl`, or pin the installer with `installer.sha256`.";

function shown(names: readonly string[]): string {
  return names
    .slice(0, mostNames)
    .map((name) => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name))
    .join(", ");
}
