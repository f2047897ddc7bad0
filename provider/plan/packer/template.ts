import { MiB } from "../../base/size";
import type { FormatSpec } from "../../schema/formats";
import type { InstallerKind } from "../../schema/names";
import type { MachineIdentity } from "../qemu-arguments";
import { type ExportedMachine, type QemuArgument, packerArguments } from "./arguments";
import { type FormatOption, convertCommand } from "./convert";
import { reference } from "./text";

/** The input of a template. */
export interface PackerExport extends Omit<ExportedMachine, "installer"> {
  /** File name of the disk, without extension. */
  readonly name: string;
  readonly installer: {
    readonly location: string;
    readonly sha256: string;
    readonly kind: InstallerKind;
  };
  readonly formats: readonly FormatSpec["type"][];
  readonly formatOptions: readonly FormatOption[];
  /** Time limit of the install on this host. */
  readonly installSeconds: number;
  /** Lines of the comment at the top of the template. */
  readonly comment: readonly string[];
}

interface PackerVariable {
  readonly name: string;
  readonly value: string;
  readonly description: string;
}

type Setting = string | boolean | readonly QemuArgument[];

export interface PackerTemplate {
  readonly comment: readonly string[];
  readonly variables: readonly PackerVariable[];
  /** Settings that all builds share. */
  readonly source: Readonly<Record<string, Setting>>;
  readonly builds: readonly PackerBuild[];
}

/** One install, and the conversion of its disk. */
interface PackerBuild {
  /** `<name>.qemu.stylus` is the build's name for `-only`. */
  readonly name: string;
  readonly outputDirectory: string;
  readonly command: string;
}

/** Name of the build of a format. The old builder called a raw disk `img`. */
export function buildName(format: FormatSpec["type"]): string {
  return format === "raw" ? "img" : format;
}

/** One build that makes all formats of one install, or one build a format, each with an install of its own. */
export function packerTemplate(
  exported: PackerExport,
  builds: "all at once" | "one a format",
): PackerTemplate {
  const { formats } = exported;
  const [only] = formats;
  const all = formats.length === 1 && only !== undefined ? buildName(only) : "all";
  return {
    comment: exported.comment,
    ...machineOf(exported),
    builds:
      builds === "all at once"
        ? [buildOf(exported, all, formats)]
        : formats.map((format) => buildOf(exported, buildName(format), [format])),
  };
}

function buildOf(
  exported: PackerExport,
  name: string,
  formats: readonly FormatSpec["type"][],
): PackerBuild {
  const { installer, machine, formatOptions } = exported;
  const outputDirectory = `output-${name}`;
  const disk = `${outputDirectory}/${exported.name}.raw`;
  const { firmware } = machine;
  const command = convertCommand({ disk, formats, formatOptions, kind: installer.kind, firmware });
  return { name, outputDirectory, command };
}

function machineOf(exported: PackerExport): Pick<PackerTemplate, "variables" | "source"> {
  const { name, recipe, machine, installer, host, installSeconds } = exported;
  const iso = reference({ variable: "iso" });
  const isRemote = /^https?:/i.test(installer.location);
  // Path of a download; a local file keeps the path of the variable.
  const target = `${name}-${installer.sha256.slice(0, 12)}.iso`;
  const { arguments: qemuargs, variables } = packerArguments({
    ...exported,
    installer: isRemote ? target : iso,
  });
  return {
    variables: [
      { name: "iso", value: installer.location, description: "The installer: its path or URL." },
      {
        name: "iso_checksum",
        value: `sha256:${installer.sha256}`,
        description: "What the installer must be.",
      },
      ...describeMachine(variables),
      ...firmwareVariables(host.uefi),
      {
        name: "install_timeout",
        value: `${installSeconds}s`,
        description: "How long the install may take; three times as long without KVM.",
      },
      {
        name: "output",
        value: "images",
        description: "Folder of the images; files of the same name in it are replaced.",
      },
      { name: "stylus_image", value: "stylus-image", description: "The command that converts." },
    ],
    source: {
      iso_url: iso,
      iso_checksum: reference({ variable: "iso_checksum" }),
      ...(isRemote && { iso_target_path: target }),
      vm_name: `${name}.raw`,
      format: "raw",
      disk_size: `${machine.diskSize / MiB}M`,
      // The builder requires these settings, but the arguments below override them.
      machine_type: recipe.machineType,
      accelerator: host.accelerator,
      net_device: recipe.nic,
      headless: true,
      disable_vnc: true,
      // The guest powers off by itself: nobody logs in.
      communicator: "none",
      shutdown_timeout: reference({ variable: "install_timeout" }),
      qemuargs,
    },
  };
}

function describeMachine(
  variables: ReturnType<typeof packerArguments>["variables"],
): PackerVariable[] {
  const { accelerator, cpu_model, cpus, memory } = variables;
  return [
    { name: "accelerator", value: accelerator, description: "For -accel: kvm, or tcg." },
    {
      name: "cpu_model",
      value: cpu_model,
      description: "For -cpu: host under KVM; Nehalem under TCG.",
    },
    { name: "cpus", value: cpus, description: "CPUs while installing." },
    { name: "memory", value: memory, description: "Memory while installing." },
  ];
}

function firmwareVariables(uefi: PackerExport["host"]["uefi"]): PackerVariable[] {
  if (uefi === undefined) return [];
  return [
    { name: "firmware_code", value: uefi.code, description: "UEFI firmware." },
    {
      name: "firmware_variables",
      value: uefi.variables,
      description: "Its empty variables; never written to.",
    },
  ];
}

/** The identity of the machine, derived from the install key, so that the same plan gives the same template. */
export function installIdentity(installKey: string): MachineIdentity {
  const digits = installKey.slice(0, 32);
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  // 52:54:00 is QEMU's own range.
  const mac = ["52:54:00", ...(installKey.slice(32, 38).match(/../g) ?? [])].join(":");
  return { uuid, mac, serial: installKey.slice(38, 54) };
}
