import type { Publication } from "../../schema/state";
import { targetOptions } from "../options/target";
import { describeFile, locationOf, printJson, printLines } from "../terminal/output";
import type { PublishOptions } from "./options";

/** A file and its publications. */
export interface FilePublications {
  readonly file: string;
  /** The argument of `remove`: `<name>-<12 of the file key>`. */
  readonly id: string;
  readonly publications: readonly Publication[];
}

export function printPublished(
  published: readonly FilePublications[],
  options: PublishOptions,
): void {
  if (options.json === true) {
    printJson({ files: published.map((it) => ({ ...it, remove: removeCommand(it, options) })) });
  } else printLines(published.flatMap((it) => describe(it, options)));
}

function describe(it: FilePublications, options: PublishOptions): string[] {
  return [
    ...it.publications.flatMap((publication) => [
      `${publication.format}  ${locationOf(publication)}`,
      `  uri     ${publication.uri}`,
      ...describeFile(publication),
    ]),
    `  remove  ${removeCommand(it, options)}`,
    "",
  ];
}

/** The command that removes the file again, with the options that reach its targets. Header values are left out. */
function removeCommand({ id }: FilePublications, options: PublishOptions): string {
  const given = new Map<string, unknown>(Object.entries(options));
  const args = targetOptions().flatMap((option) =>
    argsOf(option.long ?? "", given.get(option.attributeName())),
  );
  return ["stylus-image", "remove", id, ...args.map(quoted)].join(" ");
}

function argsOf(option: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => argsOf(option, item));
  if (value === true) return [option];
  if (typeof value !== "string") return [];
  const isHeader = option === "--to-header" && !value.startsWith("@");
  return [option, isHeader ? "@FILE" : value];
}

/** Quoted for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
