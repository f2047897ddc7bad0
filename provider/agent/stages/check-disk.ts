import { join } from "node:path";
import type { JsonMap } from "../../base/json";
import { expectationFor } from "../../plan/installed-system";
import { readInstalledText } from "../../plan/user-data/read-installed";
import { StylusError, type ErrorCode } from "../../base/errors";
import type { InstallerKind } from "../../schema/names";
import {
  inspectInstalledDisk,
  readInstalledConfiguration,
  type DiskReport,
} from "../../system/disk/inspect";
import { findDefects } from "../../system/disk/check";
import type { BuildFiles, KeyedBuild } from "../context";
import { tailOfLog } from "../machine/console";
import { configurationError } from "./check-configuration";
import { stage } from "./stage";

/** Checks that the install is complete. The guest also powers off if it stopped half-way. */
export async function checkInstalledDisk(
  build: KeyedBuild,
  files: BuildFiles,
  kind: InstallerKind,
  userData: JsonMap = build.request.userData,
): Promise<void> {
  await stage(build, "verify", build.plan.timeouts.verify, async ({ plan, signal }) => {
    build.journal.describeStage("what the install left on the disk");
    const report = await inspectInstalledDisk(files.disk, signal);
    addDiskNotes(build, report);
    const serialLog = join(files.logs, "install-serial.log");
    const defects = findDefects(report, expectationFor(kind, plan.machine.firmware));
    const [worst] = defects;
    if (worst !== undefined) {
      throw new StylusError(worst.code, {
        what: `The machine powered off, but the disk is not a finished install. ${defects.map(({ what }) => what).join(" ")}`,
        next: nextSteps[worst.code] ?? "Look at the console of the install.",
        tail: worst.tail ?? (await tailOfLog(serialLog)),
        files: [serialLog],
      });
    }
    if (kind !== "kairos") return;
    const error = await configurationError({ ...build, signal }, files.disk);
    if (error !== undefined) {
      const evidence = { tail: await tailOfLog(serialLog), files: [serialLog] };
      throw new StylusError(error.code, { ...error.details, ...evidence });
    }
    const text = await readInstalledConfiguration(files.disk, report, signal);
    if (!contains(readInstalledText(text ?? "").document, userData)) {
      throw new StylusError("verify.user-data-missing", {
        what: "The installed system's configuration is not the user-data of this build.",
        why: "The installer may have read another configuration first, such as one on its own ISO.",
        next: "Look at the console of the install; remove the other configuration.",
        tail: await tailOfLog(serialLog),
        files: [serialLog],
      });
    }
  });
}

/** Adds the disk to the report, unless this is a later trial of an iso. */
function addDiskNotes({ journal }: KeyedBuild, { table, partitions }: DiskReport): void {
  if (journal.notes().disk !== undefined) return;
  journal.addNotes({ disk: { table, partitions: [...partitions] } });
}

/** The next step for each defect of an installed disk. */
export const nextSteps: Partial<Record<ErrorCode, string>> = {
  "install.nothing-installed":
    "Look at the console: the installer found no disk or no user-data, or did not begin.",
  "install.incomplete":
    "Look at the console for where it stopped; a stage of the user-data may power it off too early.",
  "verify.boot-loader-missing":
    "Install with the firmware that the machines will have (`machine.firmware`); under UEFI the installer must also write the boot loader to this path, with GRUB by `grub-install --removable`, with Debian's installer by `grub-installer/force-efi-extra-removable`.",
  "verify.other-architecture": "Use an installer for amd64 (x86_64).",
  "verify.user-data-missing":
    "Look at the console: the installer did not find or keep the user-data.",
  "verify.file-system-damaged": "Check the build host's disk and memory, then run this again.",
};

/** Whether `whole` contains everything in `part`. It may have more: installers add defaults and list items. */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) &&
      part.every((item) => whole.some((other: unknown) => contains(other, item)))
    );
  }
  if (typeof part !== "object" || part === null) {
    // Another YAML writer may have turned a number into text.
    return part === whole || String(part) === String(whole);
  }
  if (typeof whole !== "object" || whole === null) return false;
  const entries = new Map<string, unknown>(Object.entries(whole));
  return Object.entries(part).every(([key, value]) => contains(entries.get(key), value));
}
