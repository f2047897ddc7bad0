import { stat, truncate } from "node:fs/promises";
import { extname, join } from "node:path";
import { z } from "zod";
import { StylusError } from "../../base/errors";
import { GiB, formatSize } from "../../base/size";
import { invalidInput } from "../../schema/parse";
import { copySparse } from "../../system/files/copy-sparse";
import { run } from "../../system/process/run";
import { note } from "../terminal/output";
import { type ConvertOptions, type DiskFormat, diskFormats } from "./convert-options";

export interface SourceDisk {
  /** Absolute path. */
  readonly disk: string;
  readonly from: DiskFormat;
  readonly signal: AbortSignal;
}

/**
 * The disk as a raw file of whole GiB, which every platform can import: the disk itself if it is one, else a copy in
 * `folder`.
 */
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
  note(`The disk has ${length} bytes; its size is rounded up to ${formatSize(rounded)}.`);
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
      why: "An overlay is not complete, and it could name any file of this machine.",
      next: "Merge them first: `qemu-img convert -O qcow2 OVERLAY WHOLE.qcow2`.",
    });
  }
  await run("qemu-img", ["convert", "-f", from, "-O", "raw", disk, to], failure);
}

/** By the file's name, never by its content: a guest can write the header of another format into its raw disk. */
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
  const reason = `is missing: ".${extension}" does not say whether ${disk} is ${diskFormats.join(", ")}`;
  throw invalidInput([{ path: "--from", reason }]);
}
