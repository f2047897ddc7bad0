import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { formatSize, GiB } from "../../base/size";
import {
  inspectInstalledDisk,
  type DiskReport,
  type InstalledPartition,
} from "../../system/disk/inspect";
import { loaderArchitecture } from "../../system/architecture";
import { freeDiskSpace } from "../../system/host/capacity";
import { run } from "../../system/process/run";
import type { Inspection } from "./inspection";

const infoSchema = z.object({
  "virtual-size": z.number(),
  "actual-size": z.number(),
  "backing-filename": z.string().optional(),
});
type Info = z.infer<typeof infoSchema>;

/** Unpacking more than this takes minutes. */
const maximumUnpacked = 8 * GiB;

export async function inspectImage(
  path: string,
  format: "raw" | "qcow2",
  signal: AbortSignal,
): Promise<Inspection> {
  const info = await readInfo(path, format, signal);
  const structure = format === "qcow2" ? await checkStructure(path, signal) : undefined;
  const disk =
    format === "raw"
      ? { report: await inspectInstalledDisk(path, signal) }
      : await inspectUnpacked(path, info, signal);
  const size = { virtualSizeBytes: info["virtual-size"], allocatedBytes: info["actual-size"] };
  return {
    document: { type: "image", path, format, ...size, structure, disk },
    lines: [
      `image      ${path}`,
      `format     ${format}, ${formatSize(size.virtualSizeBytes)}, ${formatSize(size.allocatedBytes)} allocated`,
      ...(structure === undefined ? [] : [`structure  ${structure}`]),
      ...(disk.report === undefined ? [`disk       ${disk.skipped}`] : describeDisk(disk.report)),
    ],
  };
}

/** The format is never probed: a guest can write the header of another format into its raw disk. */
async function readInfo(path: string, format: string, signal: AbortSignal): Promise<Info> {
  const { stdout } = await run("qemu-img", ["info", "--output=json", "-f", format, path], {
    signal,
    code: "convert.failed",
  });
  return infoSchema.parse(JSON.parse(stdout));
}

async function checkStructure(path: string, signal: AbortSignal): Promise<string> {
  // 2 means corrupt, 3 means leaked clusters, which only waste space.
  const { exitCode } = await run("qemu-img", ["check", "-q", "-f", "qcow2", path], {
    signal,
    code: "convert.failed",
    accepted: [0, 2, 3],
  });
  return { 0: "sound", 2: "damaged", 3: "sound, with leaked clusters" }[exitCode] ?? "unknown";
}

type Disk =
  { readonly report: DiskReport } | { readonly report?: undefined; readonly skipped: string };

/** The tools that read an installed disk need a raw file: makes a temporary sparse copy. */
async function inspectUnpacked(path: string, info: Info, signal: AbortSignal): Promise<Disk> {
  if (info["backing-filename"] !== undefined) {
    return { skipped: "not inspected: the file is an overlay of another image" };
  }
  // Compressed data rarely grows more than fourfold.
  const needed = info["actual-size"] * 4;
  if (needed > maximumUnpacked || needed > (await freeDiskSpace(tmpdir()))) {
    return {
      skipped: "not inspected: unpacking it would take too long or needs more space than is free",
    };
  }
  const folder = await mkdtemp(join(tmpdir(), "stylus-image-inspect-"));
  try {
    const raw = join(folder, "disk.raw");
    const args = ["convert", "-f", "qcow2", "-O", "raw", path, raw];
    await run("qemu-img", args, { signal, code: "convert.failed" });
    return { report: await inspectInstalledDisk(raw, signal) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describeDisk(report: DiskReport): string[] {
  return [
    `table      ${report.table}`,
    `boot code  ${report.biosBootCode ? "BIOS" : "none for a BIOS"}${uefiLoaders(report)}`,
    "partitions",
    ...report.partitions.map(describePartition),
  ];
}

function uefiLoaders({ partitions }: DiskReport): string {
  const found = partitions.flatMap(({ files }) =>
    files.flatMap(({ path }) => loaderArchitecture(path) ?? []),
  );
  return found.length === 0 ? "" : `, UEFI loader for ${[...new Set(found)].join(" and ")}`;
}

function describePartition(partition: InstalledPartition): string {
  const { number, fileSystem, sizeBytes, health, files } = partition;
  const what = fileSystem === undefined ? "unknown" : fileSystem.type;
  const label = fileSystem?.label ?? partition.name ?? "";
  return `  ${number}  ${label.padEnd(16)} ${what.padEnd(14)} ${formatSize(sizeBytes).padEnd(10)} ${health}, ${files.length} files found`;
}
