import { formatSize } from "../../base/size";
import type { ImageState } from "../../schema/state";

/** Prints one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** For people, beside the output: standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function warn(message: string): void {
  note(`warning: ${message}`);
}

/** The outputs as the resource has them, in an order that depends on nothing but the image. */
export function imageDocument(state: ImageState): Record<string, unknown> {
  const { artifacts, pending, missing } = state;
  const document = sortKeys({
    ...state,
    artifacts: artifacts.toSorted(byPlace).map(sortKeys),
    pending: pending.toSorted(byPlace).map(sortKeys),
    missing: missing.toSorted(byPlace).map(sortKeys),
  });
  // Whose marker it is concerns the record, not who reads this.
  delete document["instance"];
  return document;
}

/** A few lines: what there is now, and where; `report` is the path of the page that tells of it all. */
export function imageSummary(state: ImageState, report?: string): string[] {
  return [
    `install key     ${state.installKey}`,
    `content digest  ${state.contentDigest ?? "none: nothing was installed"}`,
    `virtual size    ${formatSize(state.virtualSizeBytes)}, ${state.firmware}, ${state.arch}`,
    ...(report === undefined ? [] : [`report          ${report}`]),
    ...state.artifacts
      .toSorted(byPlace)
      .flatMap((artifact) => [
        "",
        `${artifact.format}  ${placeOf(artifact)}`,
        `  size    ${formatSize(artifact.sizeBytes)} (${artifact.sizeBytes} bytes)`,
        ...(artifact.sha256 === undefined ? [] : [`  sha256  ${artifact.sha256}`]),
      ]),
  ];
}

/** A path that can be pasted where the publication is a file, else its address. */
export function placeOf({ url }: { readonly url: string }): string {
  return url.startsWith("file://") ? decodeURIComponent(new URL(url).pathname) : url;
}

interface AtPlace {
  readonly format: string;
  readonly target: string;
}

function byPlace(one: AtPlace, other: AtPlace): number {
  return compare(one.format, other.format) || compare(one.target, other.target);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function sortKeys(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => compare(a, b)));
}
