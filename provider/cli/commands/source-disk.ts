import { stat, truncate } from "node:fs/promises";
import { extname, join } from "node:path";
import { z } from "zod";
import { nextSteps } from "../../agent/stages/check-disk";
import { StylusError } from "../../base/errors";
import { GiB, formatSize } from "../../base/size";
import { expectationFor } from "../../plan/installed-system";
import type { Firmware, InstallerKind } from "../../schema/names";
import { invalidInput } from "../../schema/parse";
import { findDefects } from "../../system/disk/check";
import { inspectInstalledDisk } from "../../system/disk/inspect";
import { copySparse } from "../../system/files/copy-sparse";
import { run } from "../../system/process/run";
import { findTools } from "../../system/process/tools";
import { type ConvertOptions, type DiskFormat, diskFormats } from "../options/convert";
import { note } from "../terminal/output";

export interface SourceDisk {
  /** Absolute path. */
  readonly disk: string;
  readonly from: DiskFormat;
  readonly signal: AbortSignal;
}

/** The disk as a raw file of whole GiB, which every importer takes: itself where it is one, else a copy in `folder`. */
export async function wholeDisk(
  { disk, from, signal }: SourceDisk,
  folder: string,
): Promise<string> {
  const { size } = await stat(disk);
  if (from === "raw" && size % GiB === 0 && size > 0) return disk;
  const copy = join(folder, "disk.raw");
  if (from === "raw") await copySparse(disk, copy, { signal, onProgress: () => undefined });
  else await unpack(disk, from, copy, signal);
  const length = (await stat(copy)).size;
  const rounded = Math.max(1, Math.ceil(length / GiB)) * GiB;
  if (rounded === length) return copy;
  await truncate(copy, rounded);
  note(`The disk has ${length} bytes; the formats get ${formatSize(rounded)}.`);
  return copy;
}

const infoSchema = z.object({ "backing-filename": z.string().optional() });

async function unpack(disk: string, from: string, to: string, signal: AbortSignal): Promise<void> {
  const failure = { signal, code: "convert.failed" } as const;
  const { stdout } = await run("qemu-img", ["info", "--output=json", "-f", from, disk], failure);
  const { "backing-filename": backing } = infoSchema.parse(JSON.parse(stdout));
  if (backing !== undefined) {
    throw new StylusError("convert.failed", {
      what: `${disk} is an overlay of ${backing}.`,
      why: "It is not whole by itself, and a file that it names could be any file of this machine.",
      next: "Join them first: `qemu-img convert -O qcow2 OVERLAY WHOLE.qcow2`.",
    });
  }
  await run("qemu-img", ["convert", "-f", from, "-O", "raw", disk, to], failure);
}

/** By its name, never by its content: a guest can write what looks like another format into its raw disk. */
export async function readDiskFormat(disk: string, { from }: ConvertOptions): Promise<DiskFormat> {
  const file = await stat(disk).catch(() => undefined);
  if (file?.isFile() !== true) {
    throw invalidInput([{ path: "<disk>", reason: `there is no file ${disk}` }]);
  }
  const extension = extname(disk).slice(1).toLowerCase();
  const named =
    diskFormats.find((it) => it === extension) ?? (extension === "img" ? "raw" : undefined);
  const format = from ?? named;
  if (format !== undefined) return format;
  const reason = `is needed, for ".${extension}" does not say whether ${disk} is ${diskFormats.join(", ")}`;
  throw invalidInput([{ path: "--from", reason }]);
}

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
  const missing = findDefects(report, expectationFor(kind, firmware));
  const [worst] = missing;
  if (worst === undefined) return;
  throw new StylusError(worst.code, {
    what: `${name} is not a finished install. ${missing.map(({ what }) => what).join(" ")}`,
    next: nextSteps[worst.code] ?? "Look at the console of the install.",
    tail: worst.tail,
  });
}
