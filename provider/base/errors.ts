/**
 * The closed set of error codes. The first word is the area (input, installer, host, install, ...),
 * the second the error. The meaning of a code never changes, because scripts match on codes.
 */
export const errorCodes = [
  "input.invalid",
  "user-data.refused",
  "installer.unreachable",
  "installer.denied",
  "installer.not-found",
  "installer.truncated",
  "installer.checksum-mismatch",
  "installer.changed",
  "installer.no-validator",
  "installer.not-bootable",
  "installer.interactive-only",
  "installer.menu-waits",
  "installer.trusted-boot",
  "installer.other-architecture",
  "host.tool-missing",
  "host.firmware-missing",
  "host.kvm-unusable",
  "host.memory-short",
  "host.disk-full",
  "host.agent-died",
  "install.disk-too-small",
  "install.panicked",
  "install.rebooted",
  "install.halted",
  "install.stalled",
  "install.question",
  "install.refused",
  "install.shell",
  "install.not-booting",
  "install.timed-out",
  "install.disk-full",
  "install.io-error",
  "install.qemu-died",
  "install.nothing-installed",
  "install.incomplete",
  "verify.boot-loader-missing",
  "verify.other-architecture",
  "verify.user-data-missing",
  "verify.configuration-ignored",
  "verify.file-system-damaged",
  "verify.not-booting",
  "verify.not-active",
  "verify.rebooted",
  "verify.unexpected-console",
  "verify.no-disk",
  "convert.failed",
  "convert.no-source",
  "convert.timed-out",
  "publish.denied",
  "publish.not-found",
  "publish.name-taken",
  "publish.unreachable",
  "publish.timed-out",
  "publish.failed",
  "record.unreadable",
  "record.not-found",
  "build.cancelled",
  "internal",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * One problem of the input. `path` is the property path as the user writes it: `machine.diskSize`,
 * `formats[1]`.
 */
export interface InputProblem {
  readonly path: string;
  readonly reason: string;
}

export interface ErrorDetails {
  /** The failed operation, in one complete sentence. */
  readonly what: string;
  /** The cause, as far as it is known: one or more sentences. */
  readonly why?: string | undefined;
  /** The next step for the user. */
  readonly next: string;
  /** Paths of related files: serial log, screenshot. */
  readonly files?: readonly string[] | undefined;
  /** The end of the guest's console or of a tool's standard error. */
  readonly tail?: string | undefined;
  readonly problems?: readonly InputProblem[] | undefined;
  readonly cause?: unknown;
}

/**
 * The only class of errors that this package throws on purpose. The message is complete and
 * contains no secret.
 */
export class StylusError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(compose(code, details), details.cause === undefined ? {} : { cause: details.cause });
    this.name = "StylusError";
    this.code = code;
    this.details = details;
  }
}

function compose(code: ErrorCode, details: ErrorDetails): string {
  const sentences = [details.what, details.why, details.next].filter((part) => part !== undefined);
  const lines = [`${sentences.join(" ")} [${code}]`];
  for (const { path, reason } of details.problems ?? []) lines.push(`  ${path}: ${reason}`);
  if (details.tail !== undefined && details.tail.trim() !== "") {
    lines.push(
      "  last output:",
      ...details.tail
        .trimEnd()
        .split("\n")
        .map((line) => `    ${line}`),
    );
  }
  for (const file of details.files ?? []) lines.push(`  see ${file}`);
  return lines.join("\n");
}

/** Returns a StylusError unchanged and wraps any other value in one with the code `internal`. */
export function asStylusError(thrown: unknown): StylusError {
  if (thrown instanceof StylusError) return thrown;
  return new StylusError("internal", {
    what: `An unexpected error: ${describeThrown(thrown)}.`,
    next: "This is a defect of pulumi-stylus-image. Please report it with this text.",
    cause: thrown,
  });
}

/** Whether a thrown value is an error of a server, a file or an input, and not a defect of this program. */
export function isExpected(thrown: unknown): thrown is StylusError {
  return thrown instanceof StylusError && thrown.code !== "internal";
}

/** A thrown value and its chain of causes, in one line. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? "" : `: ${describeThrown(thrown.cause)}`;
  return `${thrown.message || thrown.name}${cause}`;
}
