import type { Marker } from "../plan/record";
import { recordsAtHand, recordsLeft, type Departure } from "./scope";
import { hasSuccessor, sweepPrevious } from "./retention";
import { mark, readMarkers, statesOf, type MarkerName } from "./markers";
import { release, type Release, type Released } from "./release";
import type { RecordStore } from "../targets/record-store";

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
  departure: Departure,
  signal: AbortSignal,
): Promise<Released> {
  // What lies at a target without records is of all records, so they decide together.
  if (departure.targets.some(({ capabilities }) => capabilities.records === undefined)) {
    return leaveOne(leaving, recordsAtHand(departure), departure, signal);
  }
  const ended: Released[] = [];
  for (const target of departure.targets) {
    const part: Departure = { ...departure, targets: [target], leaves: "these targets" };
    ended.push(await leaveOne(leaving, recordsLeft(part), part, signal));
  }
  if (departure.leaves === "everything") {
    const part: Departure = { ...departure, targets: [] };
    await leaveOne(leaving, recordsLeft(part), part, signal);
  }
  return {
    removed: ended.flatMap(({ removed }) => removed),
    kept: ended.flatMap(({ kept }) => kept),
  };
}

async function leaveOne(
  { keepPrevious, ...whose }: Leaving,
  /** Those that are asked what the image is to its owner. */
  stores: readonly RecordStore[],
  departure: Departure,
  signal: AbortSignal,
): Promise<Released> {
  const { installKey, instance } = whose;
  const isToBeKept = await some(stores, async (store) =>
    (await statesOf(store, installKey, instance, signal)).includes("previous"),
  );
  if (!isToBeKept && keepPrevious === 0) return release(whose, departure, signal);

  const own = await ownMarker(stores, whose, signal);
  if (own === undefined) return release(whose, departure, signal);
  const isReplaced = await some(stores, (store) => hasSuccessor(store, own, signal));
  if (isReplaced && isToBeKept) {
    const previous: Marker = { ...own, state: "previous" };
    for (const store of recordsLeft(departure)) await mark(store, installKey, previous, signal);
    return {
      removed: [],
      kept: departure.targets.map(({ id }) => ({ target: id, owners: [previous] })),
    };
  }
  if (!isReplaced) await sweepPrevious(own.owner, 0, departure, signal);
  return release(whose, departure, signal);
}

async function ownMarker(
  stores: readonly RecordStore[],
  { installKey, instance }: Release,
  signal: AbortSignal,
): Promise<Marker | undefined> {
  const isOwn = (marker: MarkerName): boolean => marker.instance === instance;
  for (const store of stores) {
    const [own] = await readMarkers(store, installKey, signal, isOwn);
    if (own !== undefined) return own;
  }
  return undefined;
}

async function some(
  stores: readonly RecordStore[],
  says: (store: RecordStore) => Promise<boolean>,
): Promise<boolean> {
  const answers = await Promise.all(stores.map(says));
  return answers.includes(true);
}
