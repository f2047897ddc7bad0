import type { StageName } from "../plan/events";
import type { ErrorCode, InputProblem } from "../base/errors";
import type { Accelerator, Firmware, InstallerKind } from "../schema/names";
import type { Destination, Publication } from "../schema/state";

/** The content of a report: plain data without secrets. */
export interface Report {
  readonly name: string;
  /** URN of the resource, or `cli`. */
  readonly owner: string;
  /** ISO 8601, UTC. */
  readonly begun: string;
  readonly seconds: number;
  /** Why the build failed; absent if it succeeded. */
  readonly error?: ReportedError | undefined;
  readonly image: ReportedImage;
  readonly installer?: ReportedInstaller | undefined;
  /** Keys of the cloud-config and the kinds of their values; absent if there is none. */
  readonly userData?: string | undefined;
  /** Property paths of the user-data that hold secrets, which anyone with access to the image can read. */
  readonly plaintextSecrets: readonly string[];
  readonly host?: ReportedHost | undefined;
  readonly program: ReportedProgram;
  readonly stages: readonly ReportedStage[];
  readonly messages: readonly ReportedMessage[];
  readonly screenshots: readonly ScreenshotSeries[];
  readonly consoles: readonly ConsoleExcerpt[];
  readonly disk?: ReportedDisk | undefined;
  readonly artifacts: readonly Publication[];
  readonly pending: readonly Destination[];
}

export interface ReportedError {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why?: string | undefined;
  readonly next: string;
  readonly tail?: string | undefined;
  readonly problems?: readonly InputProblem[] | undefined;
}

export interface ReportedImage {
  /** Absent if the build failed before the installer's hash was known. */
  readonly installKey?: string | undefined;
  readonly contentDigest?: string | undefined;
  readonly diskBytes: number;
  readonly firmware: Firmware;
  readonly secureBoot: boolean;
  readonly network: "isolated" | "user";
  readonly recipe: string;
}

export interface ReportedInstaller {
  /** Address without query and credentials, or the file's name. */
  readonly from: string;
  readonly sha256?: string | undefined;
  readonly validator?: string | undefined;
  readonly kind?: InstallerKind | undefined;
  readonly volumeLabel?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

/** The machine that ran the install. */
export interface ReportedHost {
  readonly accelerator: Accelerator;
  /** Why this accelerator was chosen. */
  readonly reason: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Versions of the tools that the build ran, by name. */
  readonly tools: Readonly<Record<string, string>>;
}

export interface ReportedProgram {
  /** Version of pulumi-stylus-image. */
  readonly version: string;
  readonly node: string;
  /** Name and release of the build host's operating system. */
  readonly system: string;
}

export interface ReportedStage {
  readonly stage: StageName;
  readonly state: "finished" | "skipped" | "failed";
  /** Seconds after the build began. */
  readonly start: number;
  readonly seconds: number;
  readonly bytes?: number | undefined;
  /** A format, or why the stage was skipped. */
  readonly detail?: string | undefined;
}

export interface ReportedMessage {
  readonly at: number;
  readonly level: "info" | "warning";
  readonly message: string;
}

/** The screenshots of one machine. */
export interface ScreenshotSeries {
  readonly title: string;
  /** Why there are none; undefined if there are. */
  readonly withheld?: string | undefined;
  readonly screenshots: readonly Screenshot[];
}

export interface Screenshot {
  /** Seconds after the machine was started. */
  readonly at: number;
  readonly width: number;
  readonly height: number;
  readonly png: Buffer;
}

/** A serial log, without its middle if it is long. */
export interface ConsoleExcerpt {
  readonly title: string;
  /** Path of the complete log on the build host. */
  readonly file: string;
  /** Modification time, ISO 8601. */
  readonly written: string;
  readonly head: string;
  /** Absent if `head` is the complete log. */
  readonly tail?: string | undefined;
  readonly omittedBytes: number;
}

export interface ReportedDisk {
  readonly table: "gpt" | "dos" | "none";
  readonly partitions: readonly ReportedPartition[];
}

export interface ReportedPartition {
  readonly number: number;
  readonly name?: string | undefined;
  readonly start: number;
  readonly sizeBytes: number;
  readonly fileSystem?: { readonly type: string; readonly label?: string | undefined } | undefined;
  readonly health: "clean" | "damaged" | "not checked";
}
