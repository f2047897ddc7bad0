import type { AgentEvent, StageName } from "../../plan/events";
import type { StylusError } from "../../base/errors";
import { isCi, lookFor } from "./theme";
import { progressJson } from "./progress-json";
import { progressLines } from "./progress-lines";
import type { ProgressOptions } from "../options/progress";

/** What a person, or a program, learns of a build under way. */
export interface ProgressView {
  /** The stages that may come. */
  readonly expect: (stages: readonly StageName[]) => void;
  readonly show: (event: AgentEvent) => void;
  /** Leaves the terminal as it was; only the first call counts. Messages can still come after it. */
  readonly end: (outcome: Outcome) => void;
  /** Tells a failure itself, so that nobody else has to. */
  readonly tellsFailure?: true;
}

export type Outcome = { readonly state: "done" } | { readonly state: "failed"; error: StylusError };

/** All stages on a terminal; lines in CI and in files; JSON where it is asked for. */
export function progressView(
  stream: NodeJS.WriteStream,
  options: ProgressOptions,
  environment: NodeJS.ProcessEnv = process.env,
): ProgressView {
  const { quiet: isQuiet = false, verbose: isVerbose = false } = options;
  const write = (line: string): void => void stream.write(`${line}\n`);
  if (options.logFormat === "json") return progressJson(write, { isQuiet });
  if (isQuiet) return silence;
  // CI services offer a terminal at times, and then keep every redrawn line in their log.
  if (!stream.isTTY || isCi(environment) || environment["TERM"] === "dumb") {
    return progressLines(write, { look: lookFor(environment, stream.isTTY), isVerbose });
  }
  const { liveView } = require("./live-view") as typeof import("./live-view");
  return liveView(stream, { environment, isVerbose });
}

const silence: ProgressView = {
  expect: () => undefined,
  show: () => undefined,
  end: () => undefined,
};
