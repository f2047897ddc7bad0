import { nextSteps } from "../../agent/stages/check-disk";
import { StylusError } from "../../base/errors";
import { expectationFor } from "../../plan/installed-system";
import type { Firmware, InstallerKind } from "../../schema/names";
import { findDefects } from "../../system/disk/check";
import { inspectInstalledDisk } from "../../system/disk/inspect";
import { findTools } from "../../system/process/tools";

interface Disk {
  /** The path that the user gave, for messages. */
  readonly name: string;
  /** The path of the raw file. */
  readonly path: string;
}

/** Refuses a disk without a complete install, which an installer leaves that powers off early, for example. */
export async function requireInstalled(
  { name, path }: Disk,
  kind: InstallerKind,
  firmware: Firmware,
  signal: AbortSignal,
): Promise<void> {
  await findTools(["sfdisk", "blkid", "debugfs", "dumpe2fs", "e2fsck", "mdir"], signal);
  const report = await inspectInstalledDisk(path, signal);
  const missing = findDefects(report, expectationFor(kind, firmware));
  const [worst] = missing;
  if (worst === undefined) return;
  throw new StylusError(worst.code, {
    what: `${name} is not a complete install. ${missing.map(({ what }) => what).join(" ")}`,
    next: nextSteps[worst.code] ?? "Look at the console of the install.",
    tail: worst.tail,
  });
}
