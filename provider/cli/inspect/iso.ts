import { asStylusError } from "../../base/errors";
import { firmwares, type Firmware } from "../../schema/names";
import { formatSize } from "../../base/size";
import { inspectIso, type IsoReport } from "../../system/iso/inspect";
import { smallestDisk } from "../../plan/user-data/partition-sizes";
import { checkInstaller, kairosImageBytes } from "../../system/iso/check";
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
    row("boots under", boots.length === 0 ? "nothing" : boots.join(", ")),
    row("smallest disk", minimumDisk === undefined ? "not known" : formatSize(minimumDisk)),
    ...(report.menu?.entries ?? []).map((entry, index) =>
      row(
        index === 0 ? "boot entries" : "",
        entry.title + (entry === report.menu?.defaultEntry ? "  (boots by itself)" : ""),
      ),
    ),
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
