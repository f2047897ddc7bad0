import { slotCount } from "../../system/host/capacity";
import { withSlot } from "../../system/lock/lock";
import { log, type KeyedBuild } from "../context";

/** Runs `work` when fewer virtual machines run on this host than it has slots for. */
export async function inSlot<T>(build: KeyedBuild, work: () => Promise<T>): Promise<T> {
  const onWait = (): void => log(build, "Other builds use this machine; waiting for a free slot.");
  const { workspace, signal } = build;
  return withSlot(workspace.slots, await slotCount(), { signal, onWait }, work);
}
