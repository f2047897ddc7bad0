import { access } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailure } from "../../hosts/host";
import { localHost } from "../../hosts/local";
import { stagesOf } from "../../plan/events";
import type { ImageState } from "../../schema/state";
import { defaultCacheDirectory, workspaceAt } from "../../system/workspace";
import { withBuilderEnvironment } from "../options/environment";
import { leaveCopies } from "./copies";
import type { ImageOptions } from "../options/image";
import { imageDocument, imageSummary, placeOf, printJson, printLines } from "../terminal/output";
import { prepare } from "../input/prepare";
import type { ProgressView } from "../terminal/progress";
import type { ProgressOptions } from "../options/progress";
import { watched } from "../terminal/run-watched";

/** Builds what the options ask for, or finds that it is there. */
export async function build(given: ImageOptions & ProgressOptions): Promise<void> {
  const options = withBuilderEnvironment(given, process.env);
  const state = await watched({ ...given, onFailure: tellPublished }, async (view, signal) => {
    const warn = (message: string): void => view.show({ type: "log", level: "warning", message });
    const note = (message: string): void => view.show({ type: "log", level: "info", message });
    const cacheDirectory = defaultCacheDirectory();
    const request = await prepare(given, { cacheDirectory, warn, signal });
    view.expect(stagesOf(request.plan));
    const built = await localHost().build(request, view.show, signal);
    await leaveCopies(options, built, { cacheDirectory, note, signal });
    return built;
  });
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

function tellPublished(thrown: unknown, view: ProgressView): void {
  if (!(thrown instanceof BuildFailure) || thrown.partial === undefined) return;
  for (const artifact of thrown.partial.artifacts) {
    const message = `Published so far: ${placeOf(artifact)}`;
    view.show({ type: "log", level: "info", message });
  }
}
