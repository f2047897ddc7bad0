import { basename } from "node:path";
import { describeThrown, StylusError, type ErrorCode } from "../../base/errors";
import { cancelled } from "../../base/cancellation";
import { startChild, type ChildEnd } from "./child";

const maximumOutput = 64 * 1024 * 1024;
const shownLines = 15;
const diskFull =
  /no space left on device|disk quota exceeded|exceeds free space on media|\bENOSPC\b|\bEDQUOT\b/i;

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Error code for a failure of the tool. */
  readonly code: ErrorCode;
  /** The next step after a failure; a general sentence unless given. */
  readonly next?: string | undefined;
  /** Standard input; empty unless given. */
  readonly input?: string | Uint8Array | undefined;
  readonly cwd?: string | undefined;
  /** Added to this process's environment. `LC_ALL` is always `C`. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** `secret` if they may hold passwords: then only the program's name is reported. */
  readonly arguments?: "plain" | "secret" | undefined;
  /** Receives standard output as it comes (progress, bytes); `stdout` of the result is then empty. */
  readonly onStdout?: ((chunk: Buffer) => void) | undefined;
  /** Exit codes that are not failures; only 0 unless given. */
  readonly accepted?: readonly number[] | undefined;
}

export interface RunResult {
  readonly stdout: string;
  /** Its last 64 KiB. */
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs an external tool to its end. It is killed with this process, and when the signal is aborted. */
export async function run(
  tool: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maximumOutput) chunks.push(chunk);
  };
  const input = typeof options.input === "string" ? Buffer.from(options.input) : options.input;
  const onStdout = options.onStdout ?? collect;
  const child = startChild(tool, args, { ...options, input, onStdout });
  const end = await child.ended;
  if (options.signal.aborted) throw cancelled(options.signal);
  const { exitCode } = end;
  if (exitCode === undefined || !(options.accepted ?? [0]).includes(exitCode)) {
    throw toolError(tool, end, options);
  }
  if (size > maximumOutput) throw tooMuchOutput(tool);
  return { stdout: Buffer.concat(chunks).toString("utf8"), stderr: end.stderr, exitCode };
}

/** The error for a failed tool. It never contains the arguments, which may hold secrets. */
export function toolError(
  tool: string,
  end: ChildEnd,
  { code, next }: Pick<RunOptions, "code" | "next">,
): StylusError {
  const name = basename(tool);
  const tail = lastLines(end.stderr);
  // Exit codes of the shell: 127 for a missing program or shared library, 126 for one that is not executable.
  if (end.failure !== undefined || end.exitCode === 127 || end.exitCode === 126) {
    return new StylusError("host.tool-missing", {
      what: `The program \`${end.failure === undefined ? name : "setpriv"}\` could not be started.`,
      why: end.failure === undefined ? undefined : `${describeThrown(end.failure)}.`,
      next: "Install or repair its package, and run this again.",
      tail,
      cause: end.failure,
    });
  }
  if (diskFull.test(end.stderr)) {
    return new StylusError("host.disk-full", {
      what: `\`${name}\` failed because the build host has no disk space left.`,
      next: "Free disk space, or put the cache and the target on a larger file system, and run this again.",
      tail,
    });
  }
  return new StylusError(code, {
    what: `\`${name}\` ${howItEnded(end)}.`,
    next: next ?? "Read the tool's last output below; correct the cause and run this again.",
    tail,
  });
}

export function howItEnded(end: Pick<ChildEnd, "exitCode" | "signal">): string {
  if (end.exitCode !== undefined) return `ended with exit code ${end.exitCode}`;
  return `was ended by ${end.signal ?? "an unknown signal"}`;
}

export function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-shownLines).join("\n");
}

function tooMuchOutput(tool: string): StylusError {
  return new StylusError("internal", {
    what: `\`${basename(tool)}\` printed more than 64 MiB.`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}
