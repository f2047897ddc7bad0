import { isCi, themeFor } from "./theme";
import { progressJson } from "./progress-json";
import { progressLines } from "./progress-lines";
import type { ProgressOptions } from "../options/progress";
import type { ProgressView } from "./progress-view";

/** Shows all stages on a terminal, lines of text in CI and in files, and JSON on request. */
export function progressView(
  stream: NodeJS.WriteStream,
  options: ProgressOptions,
  environment: NodeJS.ProcessEnv = process.env,
): ProgressView {
  const { quiet: isQuiet = false, verbose: isVerbose = false } = options;
  const write = (line: string): void => void stream.write(`${line}\n`);
  if (options.logFormat === "json") return progressJson(write, { isQuiet });
  if (isQuiet) return silent;
  // Some CI services provide a terminal and then log every redrawn line.
  if (!stream.isTTY || isCi(environment) || environment["TERM"] === "dumb") {
    return progressLines(write, { theme: themeFor(environment, stream.isTTY), isVerbose });
  }
  const { liveView } = require("./live-view") as typeof import("./live-view");
  return liveView(stream, { environment, isVerbose });
}

const silent: ProgressView = {
  expect: () => undefined,
  show: () => undefined,
  end: () => undefined,
};
