import { access } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailure } from "../../hosts/host";
import { localHost } from "../../hosts/local";
import { stagesOf } from "../../plan/events";
import type { ImageState } from "../../schema/state";
import { defaultCacheDirectory, workspaceAt } from "../../system/workspace";
import { withBuilderEnvironment } from "../input/environment";
import { prepare } from "../input/prepare";
import type { ImageOptions } from "../options/image";
import type { ProgressOptions } from "../options/progress";
import { imageDocument, imageSummary, locationOf, printJson, printLines } from "../terminal/output";
import type { ProgressView } from "../terminal/progress-view";
import { runWithProgress } from "../terminal/run-with-progress";
import { writeCopies } from "./copies";

/** Builds and publishes the image, or adopts it if it exists. */
export async function build(given: ImageOptions & ProgressOptions): Promise<void> {
  const options = withBuilderEnvironment(given, process.env);
  const state = await runWithProgress({ ...given, onFailure: reportPublished }, async (run) => {
    const { view, signal, note, warn } = run;
    const cacheDirectory = defaultCacheDirectory();
    const request = await prepare(given, { cacheDirectory, warn, signal });
    view.expect(stagesOf(request.plan));
    const built = await localHost().build(request, view.show, signal);
    await writeCopies(options, built, { cacheDirectory, note, signal });
    return built;
  });
  if (options.json === true) printJson(imageDocument(state));
  else printLines(imageSummary(state, await reportOf(state)));
}

/** The report's path on this machine, or else where it is published. */
async function reportOf({ installKey, reportUrl }: ImageState): Promise<string | undefined> {
  const path = join(workspaceAt(defaultCacheDirectory()).logs(installKey), "report.html");
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) return path;
  return reportUrl === undefined ? undefined : locationOf({ url: reportUrl });
}

function reportPublished(thrown: unknown, view: ProgressView): void {
  if (!(thrown instanceof BuildFailure) || thrown.partial === undefined) return;
  for (const artifact of thrown.partial.artifacts) {
    const message = `Published so far: ${locationOf(artifact)}`;
    view.show({ type: "log", level: "info", message });
  }
}
