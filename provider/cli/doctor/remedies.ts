import type { ErrorCode } from "../../base/errors";
import type { Distribution } from "../../system/host/distribution";
import type { KvmDevice } from "../../system/accelerator/kvm-device";
import { kvmRemedies } from "./kvm-remedies";
import { packageRemedies } from "./package-remedies";

/** What is wrong with a build host, as far as a command mends it. */
export interface HostFaults {
  readonly distribution: Distribution;
  readonly rights: Rights;
  /** Names of the variables that lead the network's programs through a proxy; sudo would drop them. */
  readonly proxies: readonly string[];
  /** Programs that are missing or too old, with the package of each. */
  readonly tools: readonly { readonly name: string; readonly packages: Packages }[];
  readonly lacksUefi: boolean;
  /** An installation of packages was broken off here: no other one starts before that is brought to its end. */
  readonly dpkgInterrupted: boolean;
  readonly kvm: KvmDevice;
}

/** How commands come to run as root; `none` where this is an ordinary user and there is no sudo. */
export type Rights = "root" | "sudo" | "none";

export interface Packages {
  readonly debian: string;
  readonly fedora: string;
}

export interface Remedy {
  readonly why: string;
  /** What is the matter as long as it is not done. */
  readonly code: Extract<ErrorCode, "host.tool-missing" | "host.kvm-unusable">;
  /** Run as root, in this order; empty where only a person can do it. */
  readonly commands: readonly RootCommand[];
}

export interface RootCommand {
  readonly argv: readonly string[];
  /** `NAME=value`, set for it. */
  readonly variables?: readonly string[];
  readonly usesNetwork?: true;
}

/** What would make a machine ready to build, in the order in which it is done; pure. */
export function remediesFor(faults: HostFaults): Remedy[] {
  return [...packageRemedies(faults), ...kvmRemedies(faults.kvm)];
}

/** The command of whoever has such rights; without any, that of root. */
export function commandLine(
  { argv, variables = [], usesNetwork }: RootCommand,
  { rights, proxies }: Pick<HostFaults, "rights" | "proxies">,
): string[] {
  switch (rights) {
    case "root":
    case "none":
      return variables.length === 0 ? [...argv] : ["env", ...variables, ...argv];
    case "sudo":
      return [
        "sudo",
        // By name: the value of one may hold a password.
        ...(usesNetwork && proxies.length > 0 ? [`--preserve-env=${proxies.join(",")}`] : []),
        ...variables,
        ...argv,
      ];
  }
}

/** Lines that a shell would run as they are. */
export function describeRemedies(
  remedies: readonly Remedy[],
  who: Pick<HostFaults, "rights" | "proxies">,
): string[] {
  if (remedies.length === 0) return ["# Nothing is to be done."];
  const commands = remedies.flatMap((remedy) => remedy.commands);
  return [
    ...(who.rights === "none" && commands.length > 0
      ? ["# This user is not root, and there is no sudo here: root has to run this."]
      : []),
    ...remedies.flatMap((remedy) => [
      `# ${remedy.why}`,
      ...remedy.commands.map((command) => commandLine(command, who).join(" ")),
    ]),
    ...(commands.length === 0 ? ["# No command is to be run."] : []),
  ];
}

/** The commands for a person who is root, on one line. */
export function commandsForRoot(commands: readonly RootCommand[]): string {
  return commands
    .map((command) => commandLine(command, { rights: "root", proxies: [] }).join(" "))
    .join(" && ");
}
