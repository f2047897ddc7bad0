import { setMarker } from "../../records/markers";
import { listOwners, markerOfOwner } from "../../records/list-owners";
import { recordsOf } from "../../records/scope";
import type { TargetSpec } from "../../schema/targets/target";
import type { TargetContext } from "../../targets/open-target";
import { cacheRecords, openAll } from "./target-pool";

/** Time to change the markers after an agent died. */
const limitMilliseconds = 10_000;

/**
 * Changes the live markers of an instance to pending. Its agent died after it had made them live, so no state will know
 * the instance; the next create or update of this resource releases pending ones.
 */
export async function makePending(
  instance: string,
  publishTo: readonly TargetSpec[],
  context: TargetContext,
): Promise<void> {
  const signal = AbortSignal.timeout(limitMilliseconds);
  const stores = [...recordsOf(openAll(publishTo, context)), cacheRecords(context)];
  const changes = stores.map(async (store) => {
    const own = await listOwners(store, signal, (owner) => owner.instance === instance);
    for (const owner of own) {
      const marker = { ...markerOfOwner(owner), state: "pending" } as const;
      await setMarker(store, owner.installKey, marker, signal);
    }
  });
  await Promise.allSettled(changes);
}
