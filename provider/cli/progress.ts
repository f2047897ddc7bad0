import type { AgentEvent } from "../plan/events";
import { progressLines } from "./progress-lines";

/** What a person sees of a build under way. */
export interface ProgressView {
  readonly show: (event: AgentEvent) => void;
  /** Leaves the terminal as it was; can be called again. */
  readonly end: () => void;
}

/** A bar on a terminal; lines in CI and in files. */
export function progressView(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv = process.env,
): ProgressView {
  // CI services offer a terminal at times, and then keep every redrawn line in their log.
  const lasting = !["", "false"].includes(environment["CI"] ?? "");
  if (!stream.isTTY || lasting || environment["TERM"] === "dumb") {
    return progressLines((line) => stream.write(`${line}\n`));
  }
  const { progressBar } = require("./progress-bar") as typeof import("./progress-bar");
  return progressBar(stream);
}
