import { asStylusError, type StylusError } from "../../base/errors";
import { BuildFailure } from "../../hosts/host";
import { withVariableNames } from "../input/environment";
import { withOptionNames } from "../input/option-names";

/** A failure that was printed already. */
export class ReportedFailure extends Error {
  override readonly name = "ReportedFailure";

  constructor(cause: unknown) {
    super("already reported", { cause });
  }
}

/** The text to print for a command that failed. */
export function describeFailure(thrown: unknown): string {
  if (thrown instanceof ReportedFailure) return "";
  return `error: ${describeError(thrown).message}\n`;
}

/** The error with the names of the options and variables that it is about. */
export function describeError(thrown: unknown): StylusError {
  return withVariableNames(withOptionNames(errorOf(thrown)), process.env);
}

/** 2 if the command line has to be corrected, 130 after Ctrl-C as in a shell, else 1. */
export function exitCodeOf(thrown: unknown): 1 | 2 | 130 {
  const { code } = errorOf(thrown);
  if (code === "input.invalid") return 2;
  return code === "build.cancelled" ? 130 : 1;
}

function errorOf(thrown: unknown): StylusError {
  if (thrown instanceof ReportedFailure) return errorOf(thrown.cause);
  return thrown instanceof BuildFailure ? thrown.cause : asStylusError(thrown);
}
