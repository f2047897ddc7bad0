import { kvmRemedies } from "./kvm-remedies";
import { packageRemedies } from "./package-remedies";
import type { HostFindings, Remedy, RootAccess, RootCommand } from "./remedy";

/** The steps that make a machine ready to build, in the order in which they have to be done. */
export function remediesFor(host: HostFindings): Remedy[] {
  return [...packageRemedies(host), ...kvmRemedies(host.kvm)];
}

/** The argv that runs a command as root; without sudo, the argv that root has to run. */
export function commandLine(
  { argv, variables = [], usesNetwork }: RootCommand,
  { rights, proxies }: RootAccess,
): string[] {
  switch (rights) {
    case "root":
    case "none":
      return variables.length === 0 ? [...argv] : ["env", ...variables, ...argv];
    case "sudo":
      return [
        "sudo",
        // Only the names: a proxy's URL may contain a password.
        ...(usesNetwork && proxies.length > 0 ? [`--preserve-env=${proxies.join(",")}`] : []),
        ...variables,
        ...argv,
      ];
  }
}

/** The remedies as lines that can be pasted into a shell. */
export function describeRemedies(remedies: readonly Remedy[], access: RootAccess): string[] {
  if (remedies.length === 0) return ["# Nothing to repair."];
  const commands = remedies.flatMap((remedy) => remedy.commands);
  return [
    ...(access.rights === "none" && commands.length > 0
      ? ["# This user is not root and sudo is not installed: root must run these commands."]
      : []),
    ...remedies.flatMap((remedy) => [
      `# ${remedy.why}`,
      ...remedy.commands.map((command) => commandLine(command, access).join(" ")),
    ]),
    ...(commands.length === 0 ? ["# There is no command to run."] : []),
  ];
}

/** All commands on one line, for a person who is root. */
export function commandsForRoot(commands: readonly RootCommand[]): string {
  return commands
    .map((command) => commandLine(command, { rights: "root", proxies: [] }).join(" "))
    .join(" && ");
}
