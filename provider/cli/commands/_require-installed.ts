import { nextSteps } from "../../agent/stages/check-disk";
import { expectationFor } from "../../plan/installed-system";
import { StylusError } from "../../base/errors";
import type { Firmware, InstallerKind } from "../../schema/names";
import { inspectInstalledDisk } from "../../system/disk/inspect";
import { missingPieces } from "../../system/disk/check";
import { findTools } from "../../system/process/tools";

interface Disk {
  /** As the person called it. */
  readonly name: string;
  /** The same as a raw file. */
  readonly path: string;
}

/** Refuses a disk that an installer did not finish: one that powers off early leaves what looks like a disk. */
export async function requireInstalled(
  { name, path }: Disk,
  kind: InstallerKind,
  firmware: Firmware,
  signal: AbortSignal,
): Promise<void> {
  await findTools(["sfdisk", "blkid", "debugfs", "dumpe2fs", "e2fsck", "mdir"], signal);
  const report = await inspectInstalledDisk(path, signal);
  const missing = missingPieces(report, expectationFor(kind, firmware));
  const [worst] = missing;
  if (worst === undefined) return;
  throw new StylusError(worst.code, {
    what: `${name} is not a finished install. ${missing.map(({ what }) => what).join(" ")}`,
    next: nextSteps[worst.code] ?? "Look at the console of the install.",
    tail: worst.tail,
  });
}
