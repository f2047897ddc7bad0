import { slotCount } from "../../system/host/capacity";
import { withSlot } from "../../system/lock/lock";
import { log, type KeyedBuild } from "../context";

/**
 * Runs `work` in one of this host's slots for virtual machines, and waits while all are taken. A lost slot does not stop
 * the work, because slots only limit the use of memory.
 */
export async function inSlot<T>(build: KeyedBuild, work: () => Promise<T>): Promise<T> {
  const onWait = (): void => log(build, "Other builds use this machine; waiting for a free slot.");
  const { workspace, signal } = build;
  return withSlot(workspace.slots, await slotCount(), { signal, onWait }, work);
}
