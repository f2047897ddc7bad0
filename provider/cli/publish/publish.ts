import { basename } from "node:path";
import { asStylusError, StylusError } from "../../base/errors";
import { imageId } from "../../plan/keys";
import { publishFile, type PublishOutcome } from "../../records/publish-file";
import { invalidInput } from "../../schema/parse";
import { defaultCacheDirectory } from "../../system/workspace";
import { directoryRecords } from "../../targets/directory/records";
import { readTargets } from "../input/read-targets";
import { locationOf } from "../terminal/output";
import type { ProgressView } from "../terminal/progress-view";
import { runWithProgress } from "../terminal/run-with-progress";
import type { PublishOptions } from "./options";
import { prepareFile, progressOf } from "./outgoing-file";
import { printPublished, type FilePublications } from "./published";
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
): Promise<FilePublications[]> {
  const cacheDirectory = defaultCacheDirectory();
  const context = { rootDirectory: process.cwd(), cacheDirectory };
  const cacheRecords = directoryRecords(cacheDirectory, "the local cache");
  const published: FilePublications[] = [];
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
