#!/usr/bin/env node
import { CommanderError } from "commander";
import { createProgram } from "./program";

/** Parses the command line, runs one command and sets the exit code. */
async function main(): Promise<void> {
  // `stylus-image ... | head` closes our standard output early, which is not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  try {
    await createProgram().parseAsync(process.argv);
  } catch (thrown) {
    process.exitCode = reportFailure(thrown);
  }
}

function reportFailure(thrown: unknown): number {
  // Commander has printed its message already. It also throws after --help and --version, with exit code 0.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const { describeFailure, exitCodeOf } =
    require("./terminal/failure") as typeof import("./terminal/failure");
  process.stderr.write(describeFailure(thrown));
  return exitCodeOf(thrown);
}

void main();
