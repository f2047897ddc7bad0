import { BuildFailure } from "../hosts/build-failure";
import { asStylusError, type StylusError } from "../spec/errors";
import { withOptionNames } from "./option-names";

/** What the person at the terminal reads of a command that failed. */
export function describeFailure(thrown: unknown): string {
  return `error: ${withOptionNames(faultOf(thrown)).message}`;
}

/** 2 for what the person can correct in the command itself, 130 as a shell tells Ctrl-C, else 1. */
export function exitCodeOf(thrown: unknown): 1 | 2 | 130 {
  const { code } = faultOf(thrown);
  if (code === "input.invalid") return 2;
  return code === "build.cancelled" ? 130 : 1;
}

function faultOf(thrown: unknown): StylusError {
  return thrown instanceof BuildFailure ? thrown.cause : asStylusError(thrown);
}
