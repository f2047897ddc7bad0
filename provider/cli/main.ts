#!/usr/bin/env node
import { CommanderError } from "commander";
import { createProgram } from "./program";

/** Reads the command line, runs one command, and turns how it ended into an exit code. */
async function main(): Promise<void> {
  // `stylus-image ... | head` closes our output early; that is no fault of ours to report.
  process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
    process.exit(fault.code === "EPIPE" ? 0 : 1);
  });
  try {
    await createProgram().parseAsync(process.argv);
  } catch (thrown) {
    process.exitCode = reportFailure(thrown);
  }
}

function reportFailure(thrown: unknown): number {
  // Commander has said it already, and it counts --help and --version as ends of this kind too.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const { describeFailure, exitCodeOf } =
    require("./terminal/failure") as typeof import("./terminal/failure");
  process.stderr.write(describeFailure(thrown));
  return exitCodeOf(thrown);
}

void main();
