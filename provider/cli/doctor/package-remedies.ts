import type { HostFaults, Packages, Remedy, RootCommand } from "./remedies";

const firmwarePackages: Packages = { debian: "ovmf", fedora: "edk2-ovmf" };

/** No package asks anything: there may be nobody to answer. */
const variables = ["DEBIAN_FRONTEND=noninteractive"];

/** Seconds that apt-get waits for another one, such as the upgrades that Ubuntu starts by itself after it has booted. */
const patience = ["-o", "DPkg::Lock::Timeout=600"];

export function packageRemedies(faults: HostFaults): Remedy[] {
  const { distribution, tools, lacksUefi, dpkgInterrupted } = faults;
  const wanted = [
    ...tools.map(({ packages }) => packages),
    ...(lacksUefi ? [firmwarePackages] : []),
  ];
  if (wanted.length === 0) return [];
  const code = "host.tool-missing";
  const what = [...tools.map(({ name }) => name), ...(lacksUefi ? ["UEFI firmware"] : [])];
  const why = `Missing or too old: ${what.join(", ")}.`;
  const names = (of: keyof Packages): string[] =>
    [...new Set(wanted.map((packages) => packages[of]))].sort();
  switch (distribution) {
    case "debian":
      return [
        ...(dpkgInterrupted ? [finishInterrupted] : []),
        { why, code, commands: aptCommands(names("debian")) },
      ];
    case "fedora":
      return [
        {
          why,
          code,
          commands: [{ argv: ["dnf", "install", "-y", ...names("fedora")], usesNetwork: true }],
        },
      ];
    case "other":
      return [
        {
          why: `${why} How this distribution calls the packages is not known here; Debian calls them ${names("debian").join(", ")}.`,
          code,
          commands: [],
        },
      ];
  }
}

const finishInterrupted: Remedy = {
  why: "An installation of packages was broken off, and apt-get starts no other one before it is finished.",
  code: "host.tool-missing",
  commands: [{ argv: ["dpkg", "--configure", "-a"], variables }],
};

function aptCommands(names: readonly string[]): RootCommand[] {
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...patience, ...names];
  return [
    { argv: ["apt-get", "update"], usesNetwork: true },
    { argv: install, variables, usesNetwork: true },
  ];
}
