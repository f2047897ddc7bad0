import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, as another process can look for it later. */
export interface ProcessIdentity {
  /** Name of the machine. */
  readonly machine: string;
  /** Identifies the start of the machine and the namespace of its process IDs; absent if unknown. */
  readonly boot?: string | undefined;
  readonly process: number;
}

export function thisProcess(): ProcessIdentity {
  const boot = bootId();
  return { machine: hostname(), ...(boot !== undefined && { boot }), process: process.pid };
}

/** Whether a process still runs. Only known for processes of this machine since it was started. */
export function isRunning({
  boot,
  process: id,
}: {
  readonly boot?: string | undefined;
  readonly process?: number | undefined;
}): "yes" | "no" | "unknown" {
  if (boot === undefined || id === undefined || boot !== bootId()) return "unknown";
  try {
    process.kill(id, 0);
    return "yes";
  } catch (thrown) {
    const isForeign = thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
    return isForeign ? "yes" : "no";
  }
}

function bootId(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const namespace = readlinkSync("/proc/self/ns/pid");
    return createHash("sha256").update(`${boot} ${namespace}`).digest("hex").slice(0, 16);
  } catch {
    return undefined;
  }
}
