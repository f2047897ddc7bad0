import type { HostFindings, Packages, Remedy, RootCommand } from "./remedy";

const firmwarePackages: Packages = { debian: "ovmf", fedora: "edk2-ovmf" };

/** Packages must not ask questions: there may be nobody to answer them. */
const variables = ["DEBIAN_FRONTEND=noninteractive"];

/** Seconds that apt-get waits for the lock, which Ubuntu's automatic upgrade holds after a boot, for example. */
const lockTimeout = ["-o", "DPkg::Lock::Timeout=600"];

const code = "host.tool-missing";

export function packageRemedies(host: HostFindings): Remedy[] {
  const { distribution, tools, lacksUefi, dpkgInterrupted } = host;
  const wanted = [
    ...tools.map(({ packages }) => packages),
    ...(lacksUefi ? [firmwarePackages] : []),
  ];
  if (wanted.length === 0) return [];
  const what = [...tools.map(({ name }) => name), ...(lacksUefi ? ["UEFI firmware"] : [])];
  const why = `Missing or too old: ${what.join(", ")}.`;
  const names = (of: keyof Packages): string[] =>
    [...new Set(wanted.map((packages) => packages[of]))].sort();
  switch (distribution) {
    case "debian":
      return [
        ...(dpkgInterrupted ? [completeInstallation] : []),
        { why, code, commands: aptCommands(names("debian")) },
      ];
    case "fedora":
      return [{ why, code, commands: [dnfCommand(names("fedora"))] }];
    case "other":
      return [
        {
          why: `${why} The package names of this distribution are not known; on Debian they are ${names("debian").join(", ")}.`,
          code,
          commands: [],
        },
      ];
  }
}

const completeInstallation: Remedy = {
  why: "A package installation was interrupted; apt-get installs nothing until it is completed.",
  code,
  commands: [{ argv: ["dpkg", "--configure", "-a"], variables }],
};

function aptCommands(names: readonly string[]): RootCommand[] {
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...lockTimeout, ...names];
  return [
    { argv: ["apt-get", "update"], usesNetwork: true },
    { argv: install, variables, usesNetwork: true },
  ];
}

function dnfCommand(names: readonly string[]): RootCommand {
  return { argv: ["dnf", "install", "-y", ...names], usesNetwork: true };
}
