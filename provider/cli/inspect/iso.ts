import { asStylusError } from "../../base/errors";
import { firmwares, type Firmware } from "../../schema/names";
import { formatSize } from "../../base/size";
import { inspectIso, type IsoReport } from "../../system/iso/inspect";
import { smallestDisk } from "../../plan/user-data/partition-sizes";
import { checkInstaller, kairosImageBytes } from "../../system/iso/check";
import type { BootEntry, BootMenu } from "../../system/iso/boot-menu";
import type { Inspection } from "./inspection";

/** Whether an unattended install with this firmware can succeed. */
interface Fitness {
  readonly firmware: Firmware;
  readonly usable: boolean;
  readonly why?: string;
}

export async function inspectInstaller(path: string, signal: AbortSignal): Promise<Inspection> {
  const report = await inspectIso(path, signal);
  const fitness = firmwares.map((firmware) => fitnessFor(report, firmware));
  const smallestDiskBytes = minimumDiskSize(report);
  return {
    document: { type: "iso", path, ...report, smallestDiskBytes, fitness },
    lines: describe(path, report, smallestDiskBytes, fitness),
  };
}

function fitnessFor(report: IsoReport, firmware: Firmware): Fitness {
  try {
    // The minimum disk size is reported separately.
    checkInstaller(report, { firmware, autoInstall: true, diskSize: Number.MAX_SAFE_INTEGER });
    return { firmware, usable: true };
  } catch (thrown) {
    const { what, why } = asStylusError(thrown).details;
    return { firmware, usable: false, why: [what, why ?? ""].join(" ").trim() };
  }
}

function minimumDiskSize({ root }: IsoReport): number | undefined {
  if (root?.kairosAgent !== true || root.contentBytes === undefined) return undefined;
  return smallestDisk(kairosImageBytes(root.contentBytes));
}

/** Those of the kernels, or where none is recognized those of the boot loaders. */
function architecturesOf({ programs: { kernels, loaders } }: IsoReport): string {
  const programs = kernels.length > 0 ? kernels : loaders;
  const names = [...new Set(programs.map(({ architecture }) => architecture))];
  return names.length === 0 ? "not known" : names.join(", ");
}

function describe(
  path: string,
  report: IsoReport,
  minimumDisk: number | undefined,
  fitness: readonly Fitness[],
): string[] {
  const row = (label: string, value: string): string => `${label.padEnd(17)}${value}`;
  const boots = firmwares.filter((firmware) => report.boots[firmware]);
  return [
    row("installer", `${path}, ${formatSize(report.sizeBytes)}`),
    row("label", report.volumeLabel),
    row("kind", report.kind),
    row("architecture", architecturesOf(report)),
    row("boots under", boots.length === 0 ? "nothing" : boots.join(", ")),
    row("smallest disk", minimumDisk === undefined ? "not known" : formatSize(minimumDisk)),
    ...menuLines("boot entries", report.menu).map(([label, value]) => row(label, value)),
    ...menuLines("under a BIOS", report.biosMenu).map(([label, value]) => row(label, value)),
    ...report.configurations.map((file, index) =>
      row(index === 0 ? "embedded config" : "", `${file.path} (merged with the user-data)`),
    ),
    ...report.bundles.map((file, index) =>
      row(index === 0 ? "bundles" : "", `${file.path}, ${formatSize(file.sizeBytes)}`),
    ),
    ...fitness.map(({ firmware, usable, why }) =>
      row(`fit for ${firmware}`, usable ? "yes" : `no: ${why ?? ""}`),
    ),
  ];
}

/** The entries of a menu, those of submenus below their title, and what happens if nobody presses a key. */
function menuLines(label: string, menu: BootMenu | undefined): [label: string, value: string][] {
  if (menu === undefined) return [];
  const byItself = menu.timeout === undefined ? "default" : "boots by itself";
  const titles = (entries: readonly BootEntry[], indent: string): string[] =>
    entries.flatMap((entry) => [
      `${indent}${entry.title}${entry === menu.defaultEntry ? `  (${byItself})` : ""}`,
      ...titles(entry.entries ?? [], `${indent}  `),
    ]);
  const waiting = menu.waits ? ["the menu waits for a key; a build presses none"] : [];
  return [...titles(menu.entries, ""), ...waiting].map((line, index) => [
    index === 0 ? label : "",
    line,
  ]);
}
