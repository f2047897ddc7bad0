import type { Marker } from "../plan/record";
import { hasSuccessor, sweepPrevious } from "./previous";
import { mark, readMarkers, statesOf, type MarkerName } from "./record";
import { release, type Release, type Released } from "./release";
import type { RecordStore, Target } from "./target";

export interface Leaving extends Release {
  /** How many previous images the resource keeps; with 0 none is looked for. */
  readonly keepPrevious: number;
}

/**
 * The end of an instance, or of its stay at some targets. One that was replaced turns its image into a previous one
 * where its successor asked for that. With the last instance all previous images go, and they go first: an end that
 * broke off can be repeated while the last one still says whose they are.
 */
export async function leave(
  leaving: Leaving,
  targets: readonly Target[],
  /** The local cache's, when the resource leaves all targets. */
  cacheRecords: RecordStore | undefined,
  signal: AbortSignal,
): Promise<Released> {
  const ended: Released[] = [];
  for (const target of targets) {
    ended.push(await leaveOne(leaving, target.records, [target], undefined, signal));
  }
  if (cacheRecords !== undefined) {
    await leaveOne(leaving, cacheRecords, [], cacheRecords, signal);
  }
  return {
    removed: ended.flatMap(({ removed }) => removed),
    kept: ended.flatMap(({ kept }) => kept),
  };
}

async function leaveOne(
  { keepPrevious, ...whose }: Leaving,
  store: RecordStore,
  targets: readonly Target[],
  cacheRecords: RecordStore | undefined,
  signal: AbortSignal,
): Promise<Released> {
  const { installKey, instance } = whose;
  const states = await statesOf(store, installKey, instance, signal);
  const isToBeKept = states.includes("previous");
  if (!isToBeKept && keepPrevious === 0) return release(whose, targets, cacheRecords, signal);

  const isOwn = (marker: MarkerName): boolean => marker.instance === instance;
  const [own] = await readMarkers(store, installKey, signal, isOwn);
  if (own === undefined) return release(whose, targets, cacheRecords, signal);
  const isReplaced = await hasSuccessor(store, own, signal);
  if (isReplaced && isToBeKept) {
    const previous: Marker = { ...own, state: "previous" };
    await mark(store, installKey, previous, signal);
    return { removed: [], kept: [{ target: store.id, owners: [previous] }] };
  }
  if (!isReplaced) await sweepPrevious(own.owner, 0, targets, cacheRecords, signal);
  return release(whose, targets, cacheRecords, signal);
}
