import type { Accelerator } from "../../schema/names";
import { isOlder } from "../process/tools";

/** The oldest QEMU whose TCG was seen to work. */
const soundVersion = "7.2";

export interface SmmFacts {
  readonly accelerator: Accelerator;
  /** As the firmware of Secure Boot does: `-machine smm=on`. */
  readonly needsSmm: boolean;
  readonly qemuVersion: string;
}

/**
 * The maximum number of CPUs. Linux with System Management Mode and two CPUs hangs while it boots under TCG of QEMU 6.2
 * (Ubuntu 22.04): `soft lockup - CPU#0 stuck [migration/0]`. With one CPU, and under 7.2 and 8.2, it does not.
 */
export function maximumCpus({ accelerator, needsSmm, qemuVersion }: SmmFacts): number {
  return accelerator === "tcg" && needsSmm && isOlder(qemuVersion, soundVersion) ? 1 : Infinity;
}

export function oneCpuReason(qemuVersion: string): string {
  return `The machine gets 1 CPU: without KVM, QEMU ${qemuVersion} hangs with Secure Boot and several; ${soundVersion} and 8.2 did not.`;
}
