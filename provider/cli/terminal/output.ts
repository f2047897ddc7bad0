import { formatSize } from "../../base/size";
import type { ImageState } from "../../schema/state";

/** Prints one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** Prints a message to standard error, apart from the result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function warn(message: string): void {
  note(`warning: ${message}`);
}

/** The resource's outputs, in an order that depends only on the image. */
export function imageDocument(state: ImageState): Record<string, unknown> {
  const { artifacts, pending, missing } = state;
  const document = sortKeys({
    ...state,
    artifacts: artifacts.toSorted(byFormatAndTarget).map(sortKeys),
    pending: pending.toSorted(byFormatAndTarget).map(sortKeys),
    missing: missing.toSorted(byFormatAndTarget).map(sortKeys),
  });
  // Only records and resources need these.
  delete document["instance"];
  delete document["places"];
  return document;
}

/** The image and its artifacts as lines of text; `report` is the path or URL of the build report. */
export function imageSummary(state: ImageState, report?: string): string[] {
  return [
    `install key     ${state.installKey}`,
    `content digest  ${state.contentDigest ?? "none: nothing was installed"}`,
    `virtual size    ${formatSize(state.virtualSizeBytes)}, ${state.firmware}, ${state.arch}`,
    ...(report === undefined ? [] : [`report          ${report}`]),
    ...state.artifacts
      .toSorted(byFormatAndTarget)
      .flatMap((artifact) => [
        "",
        `${artifact.format}  ${locationOf(artifact)}`,
        ...describeFile(artifact),
      ]),
  ];
}

interface SizedFile {
  readonly sizeBytes: number;
  readonly sha256?: string | undefined;
}

/** Size and hash of a file, indented. */
export function describeFile({ sizeBytes, sha256 }: SizedFile): string[] {
  return [
    `  size    ${formatSize(sizeBytes)} (${sizeBytes} bytes)`,
    ...(sha256 === undefined ? [] : [`  sha256  ${sha256}`]),
  ];
}

/** The path of a local file, which can be pasted into a shell, or else the URL. */
export function locationOf({ url }: { readonly url: string }): string {
  return url.startsWith("file://") ? decodeURIComponent(new URL(url).pathname) : url;
}

interface Located {
  readonly format: string;
  readonly target: string;
}

function byFormatAndTarget(one: Located, other: Located): number {
  return compare(one.format, other.format) || compare(one.target, other.target);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function sortKeys(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => compare(a, b)));
}
