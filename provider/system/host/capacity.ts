import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { StylusError } from "../../base/errors";
import { formatSize, GiB, MiB } from "../../base/size";
import { readCgroupLimits } from "./cgroup";

/** Resources of the build host, within the limits of its control groups. */
export interface HostCapacity {
  /** Whole cores that this process may use; at least 1. */
  readonly cores: number;
  /** Bytes of memory that are available without swapping. */
  readonly availableMemory: number;
}

export interface MachineRequest {
  /** 4 unless given. */
  readonly cpus?: number | undefined;
  /** Bytes; 8 GiB unless given. */
  readonly memory?: number | undefined;
}

export interface MachineSize {
  readonly cpus: number;
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  /** A message for the user if the host allows less than was requested. */
  readonly reduced?: string | undefined;
}

const defaultCpus = 4;
const defaultMemory = 8 * GiB;
const leastMemory = 1 * GiB;
/** The rest is for QEMU itself, the page cache and other programs. */
const guestShare = 0.6;

/** `root` is the folder that holds `proc` and `sys`. */
export async function readHostCapacity(root = "/"): Promise<HostCapacity> {
  const limits = await readCgroupLimits(root);
  const meminfo = await readFile(join(root, "proc/meminfo"), "utf8");
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? NaN) * 1024;
  return {
    cores: Math.max(1, Math.floor(Math.min(availableParallelism(), limits.cores))),
    availableMemory: Math.min(Number.isNaN(available) ? Infinity : available, limits.freeMemory),
  };
}

/** The size of the virtual machine on this host: as requested, or smaller. */
export async function machineFor(request: MachineRequest): Promise<MachineSize> {
  return sizeFor(request, await readHostCapacity());
}

/** The size of the virtual machine on a host with that capacity. */
export function sizeFor(request: MachineRequest, host: HostCapacity): MachineSize {
  const requested = { cpus: request.cpus ?? defaultCpus, memory: request.memory ?? defaultMemory };
  const limit = host.availableMemory * guestShare;
  const cpus = Math.min(requested.cpus, host.cores);
  const memoryBytes = wholeMiB(Math.min(requested.memory, limit));
  if (memoryBytes < wholeMiB(Math.min(requested.memory, leastMemory))) throw memoryShort(host);
  if (cpus === requested.cpus && memoryBytes === wholeMiB(requested.memory))
    return { cpus, memoryBytes };
  const reduced =
    `The machine gets ${describe(cpus, memoryBytes)} instead of ${describe(requested.cpus, requested.memory)}: ` +
    `the build host has ${describe(host.cores, host.availableMemory)} to spare.`;
  return { cpus, memoryBytes, reduced };
}

/**
 * How many installs this host runs at once, each with two cores and the memory of a default machine. It depends on the
 * total memory, not on the free one, so that all processes compute the same number.
 */
export async function slotCount(): Promise<number> {
  const { cores } = await readHostCapacity();
  const limit = process.constrainedMemory();
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.max(1, Math.floor(Math.min(cores / 2, memory / defaultMemory)));
}

function wholeMiB(bytes: number): number {
  return Math.floor(bytes / MiB) * MiB;
}

function describe(cpus: number, memory: number): string {
  return `${cpus} ${cpus === 1 ? "CPU" : "CPUs"} and ${formatSize(memory)}`;
}

/** Bytes that this user can still write into a folder, which may not exist yet. */
export async function freeDiskSpace(folder: string): Promise<number> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const { bavail, bsize } = await statfs(path).catch((error: unknown) => {
      if (path === "/") throw error;
      return { bavail: -1, bsize: 0 };
    });
    if (bavail >= 0) return bavail * bsize;
  }
}

function memoryShort(host: HostCapacity): StylusError {
  const needed = leastMemory / guestShare;
  return new StylusError("host.memory-short", {
    what: `The build host has ${formatSize(host.availableMemory)} of memory to spare, and an install needs at least ${formatSize(needed)}.`,
    why: `The virtual machine gets at most ${guestShare * 100} % of it, and installers need 1 GiB.`,
    next: "End other programs, raise the memory limit of the container, or build on a larger host.",
  });
}
