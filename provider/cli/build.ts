import { access } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailure } from "../hosts/build-failure";
import { localHost } from "../hosts/local";
import type { ImageState } from "../spec/state";
import { defaultCacheDirectory, workspaceAt } from "../system/workspace";
import { cancellable } from "./cancellable";
import type { ImageOptions } from "./options";
import { imageDocument, imageSummary, note, placeOf, printJson, printLines, warn } from "./output";
import { prepare } from "./prepare";
import { progressView } from "./progress";

/** Builds what the options ask for, or finds that it is there. */
export async function build(options: ImageOptions): Promise<void> {
  const state = await cancellable(async (signal) => {
    const cacheDirectory = defaultCacheDirectory();
    const request = await prepare(options, { cacheDirectory, warn, signal });
    const view = progressView(process.stderr);
    try {
      return await localHost().build(request, view.show, signal);
    } catch (thrown) {
      view.end();
      tellPublished(thrown);
      throw thrown;
    } finally {
      view.end();
    }
  }, note);
  if (options.json === true) printJson(imageDocument(state));
  else printLines(imageSummary(state, await reportOf(state)));
}

/** On this machine, else where it is published. */
async function reportOf({ installKey, reportUrl }: ImageState): Promise<string | undefined> {
  const path = join(workspaceAt(defaultCacheDirectory()).logs(installKey), "report.html");
  const isHere = await access(path).then(
    () => true,
    () => false,
  );
  if (isHere) return path;
  return reportUrl === undefined ? undefined : placeOf({ url: reportUrl });
}

function tellPublished(thrown: unknown): void {
  if (!(thrown instanceof BuildFailure) || thrown.partial === undefined) return;
  for (const artifact of thrown.partial.artifacts) note(`Published so far: ${placeOf(artifact)}`);
}
