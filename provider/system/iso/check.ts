import { StylusError } from "../../base/errors";
import type { Firmware } from "../../schema/names";
import type { JsonMap } from "../../base/json";
import { formatSize, MiB } from "../../base/size";
import { smallestDisk } from "../../plan/user-data/partition-sizes";
import { bootableEntries, type BootMenu } from "./boot-menu";
import type { Architecture } from "../architecture";
import type { IsoProgram } from "./architecture";
import type { IsoReport } from "./inspect";

export interface InstallNeeds {
  readonly firmware: Firmware;
  /** Whether the user-data says `install.auto: true`. */
  readonly autoInstall: boolean;
  /** `install` of the user-data, which may give sizes of partitions. */
  readonly install?: JsonMap | undefined;
  /** Bytes of the virtual disk. */
  readonly diskSize: number;
}

/** Refuses an installer whose install must fail, before minutes are spent on it. */
export function checkInstaller(report: IsoReport, needs: InstallNeeds): void {
  const error =
    architectureError(report, needs.firmware) ??
    trustedBootError(report) ??
    firmwareError(report, needs.firmware) ??
    interactiveError(report, needs) ??
    menuWaitsError(report, needs.firmware) ??
    diskSizeError(report, needs);
  if (error !== undefined) throw error;
}

/** An amd64 PC starts kernels of both, and UEFI of 64 bits loads programs of its own kind only. */
const machine = "amd64";
const kernelArchitectures: readonly Architecture[] = [machine, "i386"];

/** An installer for PCs may carry loaders of other machines too: one program for this machine is enough. */
function architectureError(
  { programs: { kernels, loaders }, boots }: IsoReport,
  firmware: Firmware,
): StylusError | undefined {
  const needsLoader = firmware === "uefi" || !boots.bios;
  const program =
    foreign(kernels, kernelArchitectures) ??
    (needsLoader ? foreign(loaders, [machine]) : undefined);
  if (program === undefined) return undefined;
  const { path, architecture } = program;
  return new StylusError("installer.other-architecture", {
    what: `The installer is for ${architecture}, and the machine is ${machine}.`,
    why: `Its ${path} is for ${architecture}, and there is no other for ${machine}.`,
    next: `Use the installer ISO for ${machine} (x86_64).`,
  });
}

/** A program of another architecture, if there is none for these. */
function foreign(
  programs: readonly IsoProgram[],
  wanted: readonly Architecture[],
): IsoProgram | undefined {
  return programs.some(({ architecture }) => wanted.includes(architecture))
    ? undefined
    : programs[0];
}

function trustedBootError(report: IsoReport): StylusError | undefined {
  if (!report.trustedBoot) return undefined;
  return new StylusError("installer.trusted-boot", {
    what: "The installer is a Trusted Boot (UKI) ISO.",
    why: "Its installed system is sealed to the TPM of the build machine and boots on no other machine.",
    next: "Build the installer without Trusted Boot, or install it on each machine itself.",
  });
}

function firmwareError({ boots }: IsoReport, firmware: Firmware): StylusError | undefined {
  if (boots[firmware]) return undefined;
  const other = firmware === "bios" ? "uefi" : "bios";
  return new StylusError("installer.not-bootable", {
    what: `The installer has no boot record for ${firmware === "bios" ? "a BIOS" : "UEFI"}.`,
    why: boots[other] ? `It boots under ${other} only.` : "It has no boot record at all.",
    next: boots[other]
      ? `Set \`machine.firmware\` to "${other}", or use an installer that boots under both.`
      : "Use an installer ISO that boots; this one only has data.",
  });
}

/** The menu that an ISO shows under a firmware; undefined if it has none that can be read. */
export function menuFor(
  { menu, biosMenu, unreadBiosLoader = false }: IsoReport,
  firmware: Firmware,
): BootMenu | undefined {
  if (firmware === "uefi") return menu;
  return biosMenu ?? (unreadBiosLoader ? undefined : menu);
}

/** A build presses no key. */
function menuWaitsError(report: IsoReport, firmware: Firmware): StylusError | undefined {
  const menu = menuFor(report, firmware);
  if (menu?.waits !== true) return undefined;
  const isGrub = menu === report.menu;
  const other = firmware === "bios" ? "uefi" : "bios";
  const otherMenu = report.boots[other] ? menuFor(report, other) : undefined;
  const setting = isGrub ? "`set timeout=5`" : "`TIMEOUT 50` (tenths of a second)";
  const way =
    otherMenu?.waits === false
      ? `set \`machine.firmware\` to "${other}", whose menu boots by itself, or build`
      : "build";
  return new StylusError("installer.menu-waits", {
    what: `The installer's boot menu waits for a key under ${firmware === "bios" ? "a BIOS" : "UEFI"}.`,
    why: `${menu.file} sets no time after which it boots "${menu.defaultEntry?.title ?? ""}".`,
    next: `Nobody presses a key in a build: ${way} the ISO again with ${setting} in that file.`,
  });
}

/**
 * An ISO whose menu by default starts an interactive install would wait forever. From 2026 on, Kairos has one entry for
 * both kinds of install, and `install.auto` decides.
 */
function interactiveError(
  report: IsoReport,
  { firmware, autoInstall }: InstallNeeds,
): StylusError | undefined {
  const menu = menuFor(report, firmware);
  const chosen = menu?.defaultEntry;
  if (menu === undefined || chosen?.interactive !== true) return undefined;
  const unattended = bootableEntries(menu.entries).find(
    (entry) => !entry.interactive && !/\b(manual|text mode)\b/i.test(entry.title),
  );
  if (autoInstall && unattended === undefined) return undefined;
  return new StylusError("installer.interactive-only", {
    what: `The installer boots "${chosen.title}" by default, which is an interactive install.`,
    why: `Its ${menu.file} chooses that entry.`,
    next: interactiveAdvice(report, menu),
  });
}

function interactiveAdvice({ kind, menu: grub }: IsoReport, { file, entries }: BootMenu): string {
  const isGrub = grub?.file === file;
  if (kind === "kairos" && isGrub) {
    return "Build the ISO without FORCE_INTERACTIVE_INSTALL, so that it installs unattended.";
  }
  const unattended = bootableEntries(entries).find(
    ({ title, interactive }) =>
      !interactive && /\b(?:unattended|auto\w*|non-?interactive)\b/i.test(title),
  );
  if (unattended === undefined) {
    return "Use an installer with an entry that installs unattended, or build the ISO again with one.";
  }
  const { title, id } = unattended;
  const setting = isGrub
    ? `\`set default="${id ?? title}"\``
    : `\`MENU DEFAULT\` below \`LABEL ${id ?? title}\` (without a menu, \`DEFAULT ${id ?? title}\`)`;
  return `Build the ISO again with ${setting} in that file, so that it boots "${title}" by itself.`;
}

function diskSizeError(
  { root }: IsoReport,
  { firmware, diskSize, install = {} }: InstallNeeds,
): StylusError | undefined {
  if (root?.kairosAgent !== true || root.contentBytes === undefined) return undefined;
  const minimum = smallestDisk(kairosImageBytes(root.contentBytes), install, firmware);
  if (diskSize >= minimum) return undefined;
  return new StylusError("install.disk-too-small", {
    what: `A disk of ${formatSize(diskSize)} is too small: the installer's partitions need ${formatSize(minimum)}.`,
    why: `Its root file system holds ${formatSize(root.contentBytes)}, which Kairos stores five times${sizesNote(install)}.`,
    next: `Set \`machine.diskSize\` above ${formatSize(minimum)}, with space for the data of the machine.`,
  });
}

function sizesNote(install: JsonMap): string {
  const givesSizes = "partitions" in install || "extra-partitions" in install;
  return givesSizes ? "; `install` of the user-data adds its partitions" : "";
}

/**
 * Size of the system image that kairos-agent makes from a root file system, unless `install.system.size` is set: decimal
 * megabytes plus 100, which it then takes as MiB (`GetSourceSize` in its pkg/config/spec.go).
 */
export function kairosImageBytes(rootBytes: number): number {
  return (Math.floor(rootBytes / 1e6) + 100) * MiB;
}
