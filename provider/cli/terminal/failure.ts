import { BuildFailure } from "../../hosts/host";
import { asStylusError, type StylusError } from "../../base/errors";
import { withVariableNames } from "../options/environment";
import { withOptionNames } from "../options/names";

/** A failure that whoever watches the command has been told already. */
export class ToldFailure extends Error {
  override readonly name = "ToldFailure";

  constructor(cause: unknown) {
    super("told already", { cause });
  }
}

/** What the person at the terminal still has to be told of a command that failed; lines. */
export function describeFailure(thrown: unknown): string {
  if (thrown instanceof ToldFailure) return "";
  return `error: ${faultInWords(thrown).message}\n`;
}

/** The fault in the words of whoever typed options or set variables. */
export function faultInWords(thrown: unknown): StylusError {
  return withVariableNames(withOptionNames(faultOf(thrown)), process.env);
}

/** 2 for what the person can correct in the command itself, 130 as a shell tells Ctrl-C, else 1. */
export function exitCodeOf(thrown: unknown): 1 | 2 | 130 {
  const { code } = faultOf(thrown);
  if (code === "input.invalid") return 2;
  return code === "build.cancelled" ? 130 : 1;
}

function faultOf(thrown: unknown): StylusError {
  if (thrown instanceof ToldFailure) return faultOf(thrown.cause);
  return thrown instanceof BuildFailure ? thrown.cause : asStylusError(thrown);
}
