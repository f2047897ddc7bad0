import type { ErrorCode } from "../../base/errors";
import type { KvmDevice } from "../../system/accelerator/kvm-device";
import type { Distribution } from "../../system/host/distribution";

/** How commands are run as root; `none` for an ordinary user of a machine without sudo. */
export type Rights = "root" | "sudo" | "none";

/** How the user of this machine runs commands as root. */
export interface RootAccess {
  readonly rights: Rights;
  /** Names of the environment variables that configure proxies. sudo drops them unless it is told to keep them. */
  readonly proxies: readonly string[];
}

/** Names of the package that contains a program, by distribution. */
export interface Packages {
  readonly debian: string;
  readonly fedora: string;
}

/** The state of a build host, as far as commands can repair it. */
export interface HostFindings {
  readonly distribution: Distribution;
  /** Programs that are missing or too old, with the package of each. */
  readonly tools: readonly { readonly name: string; readonly packages: Packages }[];
  readonly lacksUefi: boolean;
  /** A package installation was interrupted; dpkg refuses others until it is completed. */
  readonly dpkgInterrupted: boolean;
  readonly kvm: KvmDevice;
}

/** One step that makes a host ready to build. */
export interface Remedy {
  readonly why: string;
  /** The code of the error that remains until this is done. */
  readonly code: Extract<ErrorCode, "host.tool-missing" | "host.kvm-unusable">;
  /** Run as root, in this order; empty where no command can do it. */
  readonly commands: readonly RootCommand[];
}

export interface RootCommand {
  readonly argv: readonly string[];
  /** Environment of the command, as `NAME=value`. */
  readonly variables?: readonly string[];
  readonly usesNetwork?: true;
}
