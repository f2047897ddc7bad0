import { stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { estimatedBuildBytes, estimatedInstallBytes } from "../../formats/disk-space";
import { StylusError } from "../../base/errors";
import { formatSize } from "../../base/size";
import { accepts } from "../../schema/targets/target";
import type { IsoReport } from "../../system/iso/inspect";
import { freeDiskSpace } from "../../system/host/capacity";
import type { KeyedBuild } from "../context";

/** How much a build writes into a folder. */
interface Need {
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Fails before an install if its disk and artifacts would not fit on this machine, with the needs of each file system
 * added up. The estimate is low on purpose: a write that fails later reports a full disk too.
 */
export async function requireDiskSpace(
  build: KeyedBuild,
  report: Pick<IsoReport, "sizeBytes" | "root">,
): Promise<void> {
  const perDevice = new Map<number, Need>();
  for (const need of await needsOf(build, report)) {
    const device = await deviceOf(need.folder);
    const sum = perDevice.get(device) ?? { folder: need.folder, bytes: 0 };
    perDevice.set(device, { ...sum, bytes: sum.bytes + need.bytes });
  }
  for (const { folder, bytes } of perDevice.values()) {
    const free = await freeDiskSpace(folder);
    if (free >= bytes) continue;
    throw new StylusError("host.disk-full", {
      what: `The image needs about ${formatSize(Math.ceil(bytes))} below ${folder}, but only ${formatSize(free)} are free there.`,
      why: `The installer leaves about ${formatSize(Math.ceil(estimatedInstallBytes(report)))} on the base disk, and all formats are made from that disk before it is removed. Nothing was installed yet.`,
      next: "Free disk space (for example with `stylus-image cache prune`), set XDG_CACHE_HOME to a folder on a larger disk, or ask for fewer formats.",
    });
  }
}

async function needsOf(
  { plan, request, workspace }: KeyedBuild,
  report: Pick<IsoReport, "sizeBytes" | "root">,
): Promise<Need[]> {
  const dataBytes = estimatedInstallBytes(report);
  const needs = [
    { folder: workspace.root, bytes: estimatedBuildBytes(plan.formats, dataBytes).made },
  ];
  for (const target of request.targets) {
    if (target.type !== "directory") continue;
    const folder = resolve(request.rootDirectory, target.path);
    // A reflink shares its blocks with the file in the cache and needs no space.
    if (await sharesBlocks(folder, workspace.root)) continue;
    const formats = plan.formats.filter(({ type }) => accepts(target, type));
    needs.push({ folder, bytes: estimatedBuildBytes(formats, dataBytes).published });
  }
  return needs;
}

/** File systems that can share blocks between files: Btrfs, XFS, bcachefs (their magic numbers in statfs). */
const reflinking = new Set([0x9123683e, 0x58465342, 0xca451a4e]);

async function sharesBlocks(folder: string, cache: string): Promise<boolean> {
  if ((await deviceOf(folder)) !== (await deviceOf(cache))) return false;
  const { type } = await statfs(await existing(cache));
  return reflinking.has(type);
}

async function deviceOf(folder: string): Promise<number> {
  return (await stat(await existing(folder))).dev;
}

/** The folder, or its nearest parent that exists. */
async function existing(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined || path === dirname(path)) return path;
  }
}
