import type { MachineIdentity } from "../qemu-arguments";

/** An identity for the machine that the same install always has: a template of the same plan is the same text. */
export function installIdentity(installKey: string): MachineIdentity {
  const digits = installKey.slice(0, 32);
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  // 52:54:00 is QEMU's own range.
  const mac = ["52:54:00", ...(installKey.slice(32, 38).match(/../g) ?? [])].join(":");
  return { uuid, mac, serial: installKey.slice(38, 54) };
}
