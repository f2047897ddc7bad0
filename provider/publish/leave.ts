import { readMarkers, statesOf, type MarkerName } from "./record";
import { sweepPrevious } from "./previous";
import { release, type Release, type Released } from "./release";
import type { RecordStore, Target } from "./target";

export interface Leaving extends Release {
  /** How many previous images the resource keeps; with 0 none is looked for. */
  readonly keepPrevious: number;
}

/**
 * The end of a resource, or of its stay at some targets. An instance whose image its successor turned into a previous
 * one leaves nothing. With the current image all previous ones go, and they go first: an end that broke off can be
 * repeated while the current one still says whose they are.
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
  const isPrevious = states.length > 0 && states.every((state) => state === "previous");
  if (!isPrevious && keepPrevious === 0) return release(whose, targets, cacheRecords, signal);

  const isOwn = (marker: MarkerName): boolean => marker.instance === instance;
  const own = await readMarkers(store, installKey, signal, isOwn);
  // A live marker beside a previous one counts: a program was killed before the change was whole.
  if (isPrevious) return { removed: [], kept: [{ target: store.id, owners: own }] };
  for (const { owner } of own) await sweepPrevious(owner, 0, targets, cacheRecords, signal);
  return release(whose, targets, cacheRecords, signal);
}
