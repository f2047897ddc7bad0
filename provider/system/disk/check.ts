import type { ErrorCode } from "../../base/errors";
import type { Firmware } from "../../schema/names";
import { loaderArchitecture } from "../architecture";
import type { DiskReport, InstalledPartition } from "./inspect";

export interface ExpectedFile {
  readonly path: string;
  readonly minimumBytes: number;
  /** The error if it is missing: the install is incomplete, or the user-data is missing. */
  readonly code: "install.incomplete" | "verify.user-data-missing";
}

export interface ExpectedPartition {
  /** Label of the file system. */
  readonly label: string;
  readonly files: readonly ExpectedFile[];
}

/** Partitions and files of a complete install, for each kind of installer. */
export interface DiskExpectation {
  /** The disk needs a boot loader for this firmware. */
  readonly firmware: Firmware;
  /** Empty for an unknown installer, for which any file system is enough. */
  readonly partitions: readonly ExpectedPartition[];
}

export interface DiskDefect {
  readonly code: Extract<
    ErrorCode,
    | "install.nothing-installed"
    | "install.incomplete"
    | "verify.boot-loader-missing"
    | "verify.other-architecture"
    | "verify.user-data-missing"
    | "verify.file-system-damaged"
  >;
  /** One sentence. */
  readonly what: string;
  /** The end of a tool's output about it. */
  readonly tail?: string | undefined;
}

/** The defects of an installed disk, the most serious first; empty for a complete install. */
export function findDefects(
  report: DiskReport,
  expectation: DiskExpectation,
): readonly DiskDefect[] {
  if (report.partitions.every(({ fileSystem }) => fileSystem === undefined)) {
    const found =
      report.table === "none"
        ? "The disk is empty: it has no partition table and no file system."
        : "The disk has partitions, but none of them has a file system.";
    return [{ code: "install.nothing-installed", what: found }];
  }
  return [
    ...expectation.partitions.flatMap((expected) => missingOf(report, expected)),
    ...missingBootLoader(report, expectation.firmware),
    ...report.partitions.flatMap(damageOf),
  ].sort((one, other) => rank(one) - rank(other));
}

function rank({ code }: DiskDefect): number {
  return code === "install.incomplete" ? 0 : 1;
}

function missingOf(report: DiskReport, expected: ExpectedPartition): readonly DiskDefect[] {
  const { label } = expected;
  const partition = report.partitions.find(({ fileSystem }) => fileSystem?.label === label);
  if (partition === undefined) {
    return [{ code: "install.incomplete", what: `There is no file system labelled ${label}.` }];
  }
  return expected.files.flatMap(({ path, minimumBytes, code }) => {
    const size = sizeOf(partition, path);
    if (size === undefined) return [{ code, what: `${label} has no ${path}.` }];
    if (size >= minimumBytes) return [];
    const what = `${path} on ${label} has ${size} bytes, expected at least ${minimumBytes}.`;
    return [{ code, what }];
  });
}

function missingBootLoader(report: DiskReport, firmware: Firmware): readonly DiskDefect[] {
  const code = "verify.boot-loader-missing";
  const other = otherLoader(report);
  switch (firmware) {
    case "bios":
      if (report.biosBootCode) return [];
      if (other !== undefined) return [other];
      return [{ code, what: "The disk has no BIOS boot code in its first sector." }];
    case "uefi": {
      // An image has no boot entries in NVRAM, so its firmware only looks at this path.
      const path = "/EFI/BOOT/BOOTX64.EFI";
      const found = report.partitions.some((partition) => (sizeOf(partition, path) ?? 0) > 0);
      if (found) return [];
      if (other !== undefined) return [other];
      return [{ code, what: `No FAT partition has the UEFI boot loader ${path}.` }];
    }
  }
}

/** A disk of another architecture: it has a boot loader on the removable path, but none for this machine. */
function otherLoader({ partitions }: DiskReport): DiskDefect | undefined {
  const loaders = partitions.flatMap(({ files }) =>
    files.flatMap(({ path }) => {
      const architecture = loaderArchitecture(path);
      return architecture === undefined ? [] : [{ path, architecture }];
    }),
  );
  const [loader] = loaders;
  if (loader === undefined || loaders.some(({ architecture }) => architecture === "amd64")) {
    return undefined;
  }
  const { path, architecture } = loader;
  const what = `The disk is for ${architecture}, and the machine is amd64: its only UEFI boot loader is ${path}.`;
  return { code: "verify.other-architecture", what };
}

function damageOf({ health, fileSystem, number, damage }: InstalledPartition) {
  if (health !== "damaged") return [];
  const code = "verify.file-system-damaged" as const;
  const name = fileSystem?.label ?? `partition ${number}`;
  return [{ code, what: `The file system of ${name} is damaged.`, tail: damage }];
}

function sizeOf({ files, fileSystem }: InstalledPartition, path: string): number | undefined {
  const fold = (name: string) => (fileSystem?.type === "vfat" ? name.toUpperCase() : name);
  return files.find((file) => fold(file.path) === fold(path))?.sizeBytes;
}
