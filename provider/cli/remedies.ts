import type { Distribution } from "../system/distribution";
import type { KvmDevice } from "../system/kvm-device";

/** What is wrong with a build host, as far as a command mends it. */
export interface HostFaults {
  readonly distribution: Distribution;
  readonly isRoot: boolean;
  /** Programs that are missing or too old, with the package of each. */
  readonly tools: readonly { readonly name: string; readonly packages: Packages }[];
  readonly lacksUefi: boolean;
  readonly kvm: KvmDevice;
}

export interface Packages {
  readonly debian: string;
  readonly fedora: string;
}

export interface Remedy {
  readonly why: string;
  /** Empty where only a person can do it. */
  readonly commands: readonly (readonly string[])[];
}

const firmwarePackages: Packages = { debian: "ovmf", fedora: "edk2-ovmf" };

/** What would make a machine ready to build, in the order in which it is done; pure. */
export function remediesFor(faults: HostFaults): Remedy[] {
  return [...packageRemedies(faults), ...kvmRemedies(faults)];
}

function packageRemedies({ distribution, isRoot, tools, lacksUefi }: HostFaults): Remedy[] {
  const wanted = [
    ...tools.map(({ packages }) => packages),
    ...(lacksUefi ? [firmwarePackages] : []),
  ];
  if (wanted.length === 0) return [];
  const what = [...tools.map(({ name }) => name), ...(lacksUefi ? ["UEFI firmware"] : [])];
  const why = `Missing or too old: ${what.join(", ")}.`;
  const names = (of: "debian" | "fedora"): string[] =>
    [...new Set(wanted.map((packages) => packages[of]))].sort();
  const asRoot = prefix(isRoot);
  switch (distribution) {
    case "debian":
      return [
        {
          why,
          commands: [
            [...asRoot, "apt-get", "update"],
            [...asRoot, "apt-get", "install", "-y", "--no-install-recommends", ...names("debian")],
          ],
        },
      ];
    case "fedora":
      return [{ why, commands: [[...asRoot, "dnf", "install", "-y", ...names("fedora")]] }];
    case "other":
      return [
        {
          why: `${why} How this distribution calls the packages is not known here; Debian calls them ${names("debian").join(", ")}.`,
          commands: [],
        },
      ];
  }
}

function kvmRemedies({ kvm, isRoot }: HostFaults): Remedy[] {
  switch (kvm.state) {
    case "open":
      return [];
    case "closed":
      return [
        kvm.group === undefined || kvm.group === "root"
          ? {
              why: `/dev/kvm belongs to root alone, and ${kvm.user} may not open it.`,
              commands: [],
            }
          : {
              why: `${kvm.user} may not open /dev/kvm, which is for the group ${kvm.group}; it counts from the next login on.`,
              commands: [[...prefix(isRoot), "usermod", "-aG", kvm.group, kvm.user]],
            },
      ];
    case "unloaded":
      return [
        {
          why: "The processor can run virtual machines, and the kernel's module for that is not loaded.",
          commands: [[...prefix(isRoot), "modprobe", kvm.module]],
        },
      ];
    case "absent":
      return [
        {
          why: "There is no /dev/kvm, and the processor offers none: switch virtualisation on in the firmware, or nesting where this is a virtual machine. Without it, QEMU's translator does the work, several times slower.",
          commands: [],
        },
      ];
  }
}

const prefix = (isRoot: boolean): string[] => (isRoot ? [] : ["sudo"]);

/** Lines that a shell would run as they are. */
export function describeRemedies(remedies: readonly Remedy[]): string[] {
  if (remedies.length === 0) return ["# Nothing is to be done."];
  return remedies.flatMap(({ why, commands }) => [
    `# ${why}`,
    ...commands.map((command) => command.join(" ")),
  ]);
}
