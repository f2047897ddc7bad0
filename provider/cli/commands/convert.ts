import { mkdir, rename, rm } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import {
  makeArtifact,
  type ConvertedFile,
  type ArtifactContext,
} from "../../formats/make-artifact";
import { factsOf, formatFor } from "../../plan/formats";
import { copySparse } from "../../system/files/copy-sparse";
import { formatSchema, type FormatSpec } from "../../schema/formats";
import { pathProblem } from "../../schema/check-rules";
import { formatPath, invalidInput } from "../../schema/parse";
import { contentDigest } from "../../system/files/content-digest";
import { onToolStart } from "../../system/process/started-tools";
import { formatNamesOf, parseFormats, readFormatOptions } from "../input/format-options";
import { describeFile, printJson, printLines } from "../terminal/output";
import type { ProgressView } from "../terminal/progress-view";
import { runWithProgress } from "../terminal/run-with-progress";
import type { ConvertOptions } from "./convert-options";
import { readDiskFormat, wholeDisk, type SourceDisk } from "./source-disk";

/** Makes formats from an existing disk. */
export async function convertDisk(disk: string, options: ConvertOptions): Promise<void> {
  const made = await runWithProgress(options, async ({ view, signal }) => {
    const formatOption = await readFormatOptions(options.formatOption);
    const formats = readFormats({ ...options, formatOption });
    const from = await readDiskFormat(disk, options);
    const stopReporting = onToolStart((command) => view.show({ type: "command", command }));
    const conversion = { disk: resolve(disk), from, formats, view, signal };
    return convertAll(conversion, options).finally(stopReporting);
  });
  if (options.json === true) printJson({ artifacts: made });
  else printLines(made.flatMap(describeArtifact));
}

interface Conversion extends SourceDisk {
  readonly formats: readonly FormatSpec[];
  readonly view: ProgressView;
}

type Made = Pick<ConvertedFile, "format" | "path" | "sizeBytes" | "sha256" | "mediaType">;

async function convertAll(conversion: Conversion, options: ConvertOptions): Promise<Made[]> {
  const problem = pathProblem(options.to);
  if (problem !== undefined) throw invalidInput([{ path: "--to", reason: problem }]);
  const folder = resolve(options.to);
  const name = basename(conversion.disk, extname(conversion.disk));
  // Always the same name, so that the next run removes what a killed run left.
  const work = join(folder, `.${name}.stylus-image-convert`);
  await rm(work, { recursive: true, force: true });
  try {
    await mkdir(work, { recursive: true });
    const context = await openContext(conversion, work, options);
    const made: Made[] = [];
    for (const format of conversion.formats) {
      const { extension } = factsOf(format);
      const path = join(folder, `${name}.${extension}`);
      const artifact = await makeArtifact(context, format, { remote: false });
      await moveIntoPlace(artifact.path, path, conversion, context);
      context.made.set(artifact.artifactKey, { ...artifact, path });
      const { sizeBytes, sha256, mediaType } = artifact;
      made.push({ format: format.type, path, sizeBytes, sha256, mediaType });
    }
    return made;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Moves a finished artifact to its final name. */
async function moveIntoPlace(
  from: string,
  to: string,
  { disk, signal }: Conversion,
  { disk: base }: ArtifactContext,
): Promise<void> {
  if (from !== base) return rename(from, to);
  if (to === disk) return;
  const partial = `${to}.partial`;
  await copySparse(from, partial, { signal, onProgress: () => undefined });
  await rename(partial, to);
}

/** Prepares the raw disk that the artifacts are made from, and reports the progress of making them. */
async function openContext(
  conversion: Conversion,
  folder: string,
  options: ConvertOptions,
): Promise<ArtifactContext> {
  const { disk, from, view, signal } = conversion;
  const path = await wholeDisk(conversion, folder);
  if (options.installed !== undefined) {
    const { requireInstalled } =
      require("./require-installed") as typeof import("./require-installed");
    await requireInstalled({ name: disk, path }, options.installed, options.firmware, signal);
  }
  view.show({ type: "stage", stage: "convert", state: "started", detail: `${from} ${disk}` });
  const progress = (what: string) => (done: number, total: number) =>
    view.show({ type: "progress", stage: "convert", done, total, unit: "bytes", what });
  const digest = await contentDigest(path, { signal, onProgress: progress("content digest") });
  return {
    image: { installKey: "", contentDigest: digest },
    disk: path,
    folder,
    made: new Map(),
    signal,
    conversion: async (format, make) => {
      const started = performance.now();
      const what = format.type;
      const onProgress = (done: number): void =>
        view.show({ type: "progress", stage: "convert", done, total: 100, unit: "percent", what });
      const made = await make({ signal, onProgress });
      const seconds = (performance.now() - started) / 1000;
      view.show({ type: "stage", stage: "convert", state: "finished", seconds, detail: what });
      return made;
    },
  };
}

function readFormats({ format, formatOption = [] }: ConvertOptions): FormatSpec[] {
  if (formatNamesOf(format).includes("iso")) throw notFromDisk();
  const inputs = parseFormats(format, formatOption);
  const problems = [...inputs.problems];
  const read = inputs.value.map((it, index) => {
    const parsed = formatSchema.safeParse(it);
    if (parsed.success) return [formatFor(parsed.data, false)];
    for (const { path, message } of parsed.error.issues) {
      problems.push({ path: formatPath(["formats", index, ...path]), reason: message });
    }
    return [];
  });
  if (problems.length > 0) throw invalidInput(problems);
  return read.flat();
}

function notFromDisk(): Error {
  const reason =
    "cannot make an iso from a disk: it contains the installer, not an installed system; use `stylus-image build --format iso`";
  return invalidInput([{ path: "--format", reason }]);
}

function describeArtifact(artifact: Made): string[] {
  return [`${artifact.format}  ${artifact.path}`, ...describeFile(artifact)];
}
