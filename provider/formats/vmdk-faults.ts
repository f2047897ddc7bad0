import { describeThrown, StylusError } from "../spec/errors";
import { systemCode } from "../publish/file-faults";
import { throwIfCancelled } from "../system/run-cancelled";

/** What a fault of the file system while a VMDK is written means; a defect is handed on as it is. */
export function conversionFault(thrown: unknown, output: string, signal: AbortSignal): unknown {
  throwIfCancelled(signal);
  const code = systemCode(thrown);
  if (thrown instanceof StylusError || code === undefined) return thrown;
  const what = `Cannot write ${output}: ${describeThrown(thrown)}.`;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StylusError("host.disk-full", {
      what,
      why: "The build host's file system, or its quota, is full.",
      next: "Make room (`stylus-image cache prune` helps), or set XDG_CACHE_HOME to a larger disk.",
      cause: thrown,
    });
  }
  return new StylusError("convert.failed", {
    what,
    why: "The base disk could not be read, or the artifact not written.",
    next: "Check the build host's disk and its log (`dmesg`); the base disk is kept.",
    cause: thrown,
  });
}

/** A VMDK counts its disk in sectors, and readers take one of none for a descriptor. */
export function requireSectors(bytes: number): void {
  if (bytes > 0 && bytes % 512 === 0) return;
  throw new StylusError("input.invalid", {
    what: `A disk of ${bytes} bytes cannot be a VMDK.`,
    why: "A VMDK holds whole sectors of 512 bytes, and one at least.",
    next: "Set `machine.diskSize` to a multiple of 512 bytes, such as whole MiB.",
    problems: [{ path: "machine.diskSize", reason: "must be a multiple of 512 bytes for a VMDK" }],
  });
}
