import { throwIfCancelled } from "../base/cancellation";
import { StylusError } from "../base/errors";
import type { Place, PlaceMarks } from "./place";
import type { Target } from "./target";

/** Whether two targets are the same place. */
export type PlaceComparison =
  | { readonly state: "same" }
  | { readonly state: "different" }
  /** Nothing is proven: one of them cannot be asked. */
  | { readonly state: "unknown"; readonly why: string };

/** Time for one comparison: a server that does not answer proves nothing. */
const deadlineMilliseconds = 30_000;

/** Time for the removal of a mark, also after a cancellation. */
const removalMilliseconds = 10_000;

/**
 * Compares the places of two targets before something is removed through the first one. Different IDs prove different
 * places. Without two IDs, or with the same ID, which a copied folder has too, a mark that is left through the first
 * address and looked up through the second one decides.
 */
export async function comparePlaces(
  left: Target,
  staying: Target,
  signal: AbortSignal,
): Promise<PlaceComparison> {
  if (left.id === staying.id) return { state: "same" };
  const [one, other] = [left.capabilities.place, staying.capabilities.place];
  if (one === undefined || other === undefined) {
    return { state: "unknown", why: "Targets of this type have no identity." };
  }
  if (one.kind !== other.kind) return { state: "different" };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMilliseconds)]);
  try {
    return await compare(one, other, limited);
  } catch (thrown) {
    throwIfCancelled(signal);
    if (limited.aborted) {
      return { state: "unknown", why: `${left.id} or ${staying.id} did not answer in time.` };
    }
    // A defect of this program says nothing about the places.
    if (!(thrown instanceof StylusError) || thrown.code === "internal") throw thrown;
    return { state: "unknown", why: thrown.message };
  }
}

async function compare(one: Place, other: Place, signal: AbortSignal): Promise<PlaceComparison> {
  const [address, otherAddress] = await Promise.all([one.address?.(), other.address?.()]);
  if (address !== undefined && address.server === otherAddress?.server) {
    return { state: address.path === otherAddress.path ? "same" : "different" };
  }
  const [id, otherId] = await Promise.all([one.readId(signal), other.readId(signal)]);
  if (id !== undefined && otherId !== undefined && id !== otherId) return { state: "different" };
  if (one.marks !== undefined && other.marks !== undefined) {
    return compareByMark(one.marks, other.marks, signal);
  }
  // A place without an ID of its own does not exist, so nothing is removed there.
  return { state: id !== undefined && id === otherId ? "same" : "different" };
}

async function compareByMark(
  one: PlaceMarks,
  other: PlaceMarks,
  signal: AbortSignal,
): Promise<PlaceComparison> {
  const mark = await one.leave(signal);
  if (mark === undefined) return { state: "different" };
  try {
    return { state: (await other.has(mark, signal)) ? "same" : "different" };
  } finally {
    // A mark that cannot be removed now is harmless.
    await one.remove(mark, AbortSignal.timeout(removalMilliseconds)).catch(() => undefined);
  }
}
