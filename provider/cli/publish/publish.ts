import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { fileArtifactKey, fileArtifactName, fileEncoder, isWholeDisk } from "../../plan/file-keys";
import { factsOf } from "../../plan/formats";
import { imageId } from "../../plan/keys";
import { directoryRecords } from "../../targets/directory/records";
import { publishFile, type PublishOutcome, type OutgoingFile } from "../../records/publish-file";
import { openTarget, type TargetContext } from "../../targets/open-target";
import { asStylusError, StylusError } from "../../base/errors";
import { invalidInput } from "../../schema/parse";
import { isRemote } from "../../schema/targets/target";
import { contentDigest } from "../../system/files/content-digest";
import { hashFile } from "../../system/files/hash";
import { defaultCacheDirectory } from "../../system/workspace";
import { cliInstance } from "../input/cli-instance";
import { readTargets } from "../input/read-targets";
import { locationOf } from "../terminal/output";
import type { ProgressView } from "../terminal/progress-view";
import { runWithProgress } from "../terminal/run-with-progress";
import type { PublishOptions } from "./options";
import { printPublished, type PublishedFile } from "./published";
import { readFiles, type ReadyFile } from "./read-files";

/** Publishes existing files; a file that is already published is not sent again. */
export async function publish(paths: readonly string[], options: PublishOptions): Promise<void> {
  const published = await runWithProgress(options, async ({ view, signal }) => {
    const targets = await readTargets(options);
    const files = await readFiles(paths, targets.value, options);
    const problems = [...targets.problems, ...files.problems];
    if (problems.length > 0) throw invalidInput(problems);
    view.expect(["publish"]);
    return publishAll(files.value, view, signal);
  });
  printPublished(published, options);
}

async function publishAll(
  files: readonly ReadyFile[],
  view: ProgressView,
  signal: AbortSignal,
): Promise<PublishedFile[]> {
  const cacheDirectory = defaultCacheDirectory();
  const context = { rootDirectory: process.cwd(), cacheDirectory };
  const cacheRecords = directoryRecords(cacheDirectory, "the local cache");
  const published: PublishedFile[] = [];
  const failures: { file: ReadyFile; target: string; cause: unknown }[] = [];
  for (const file of files) {
    const outgoing = await prepareFile(file, context, view, signal);
    const outcome = await reportStage(file, view, () =>
      publishFile(
        outgoing,
        cacheRecords,
        ({ id }) => ({ signal, onProgress: progressOf(view, `${basename(file.path)} to ${id}`) }),
        signal,
      ),
    );
    const id = imageId(file.name, outgoing.fileKey);
    published.push({ file: file.path, id, publications: outcome.publications });
    failures.push(...outcome.failures.map((failure) => ({ file, ...failure })));
  }
  if (failures.length === 0) return published;
  for (const publication of published.flatMap(({ publications }) => publications)) {
    const message = `Published so far: ${locationOf(publication)}`;
    view.show({ type: "log", level: "info", message });
  }
  throw combinedFailure(failures);
}

/** Reads the file once to compute its identity. */
async function prepareFile(
  file: ReadyFile,
  context: TargetContext,
  view: ProgressView,
  signal: AbortSignal,
): Promise<OutgoingFile> {
  const { path, kind, sizeBytes, diskSizeBytes } = file;
  const before = await stampOf(path);
  const reading = { signal, onProgress: progressOf(view, `SHA-256 of ${basename(path)}`) };
  const isHashed = !isWholeDisk(kind) || file.targets.some(isRemote);
  const sha256 = isHashed ? await hashFile(path, reading) : undefined;
  const fileKey =
    isWholeDisk(kind) || sha256 === undefined ? await contentDigest(path, reading) : sha256;
  const identified = { ...file, fileKey };
  return {
    artifact: {
      format: kind.type,
      path,
      sizeBytes,
      diskSizeBytes,
      sha256,
      mediaType: factsOf(kind).mediaType,
      artifactKey: fileArtifactKey(identified),
      name: fileArtifactName(identified),
    },
    fileKey,
    instance: cliInstance(file.name),
    encoder: fileEncoder,
    targets: file.targets.map((spec) => openTarget(spec, context)),
    verifyUnchanged: async () => {
      if ((await stampOf(path)) !== before) throw changed(path);
    },
  };
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(path, { bigint: true });
  return `${size} ${mtimeNs} ${ino}`;
}

async function reportStage(
  { path }: ReadyFile,
  view: ProgressView,
  work: () => Promise<PublishOutcome>,
): Promise<PublishOutcome> {
  const detail = basename(path);
  const started = performance.now();
  view.show({ type: "stage", stage: "publish", state: "started", detail });
  const outcome = await work();
  const seconds = (performance.now() - started) / 1000;
  view.show({ type: "stage", stage: "publish", state: "finished", seconds, detail });
  return outcome;
}

function progressOf(view: ProgressView, what: string) {
  return (done: number, total: number): void =>
    view.show({ type: "progress", stage: "publish", done, total, unit: "bytes", what });
}

/** One failure as it is; several as one error with a line for each and the code of the first. */
function combinedFailure(
  failures: readonly {
    readonly file: ReadyFile;
    readonly target: string;
    readonly cause: unknown;
  }[],
): StylusError {
  const [first] = failures;
  const error = asStylusError(first?.cause);
  if (failures.length === 1) return error;
  return new StylusError(error.code, {
    what: `${failures.length} publications failed.`,
    next: "Correct the causes below and run it again; files that are published are not sent again.",
    problems: failures.map(({ file, target, cause }) => ({
      path: `${file.path} to ${target}`,
      reason: asStylusError(cause).message,
    })),
    cause: error,
  });
}

function changed(path: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed while it was published.`,
    why: "Its size, modification time or inode is different from before, so its content is unknown.",
    next: "The upload was removed. Run it again when nothing writes to the file anymore.",
  });
}
