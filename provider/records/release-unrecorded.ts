import type { Marker } from "../plan/record";
import type { Publication } from "../schema/state";
import { recordsAtHand, recordsLeft, type Departure } from "./scope";
import { lyingAt } from "./publications";
import { dropPublication, readRecordedImage } from "./record";
import { addState, listMarkers, readMarkers, readNamedMarkers, unmark } from "./markers";
import type { Release, Released } from "./release";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";

/** How long putting markers back may take: what it follows has failed already, possibly by a dead network. */
const putBackMilliseconds = 10_000;

/**
 * Gives up an image at the targets that keep no records. Nothing there goes unless every record at hand says that
 * nobody else owns the image; one that cannot be asked is an error. Where somebody does, it stays, even if that owner
 * never published there: no record says at which targets an owner is.
 */
export async function releaseWithoutRecords(
  { installKey, instance, publications }: Release,
  departure: Departure,
  signal: AbortSignal,
): Promise<Released> {
  const targets = departure.targets.filter(
    ({ capabilities }) => capabilities.records === undefined,
  );
  if (targets.length === 0) return { removed: [], kept: [] };
  const stores = recordsAtHand(departure);
  const records = await Promise.all(
    stores.map((store) => readRecordedImage(store, installKey, signal)),
  );
  const known = [...records.flatMap((record) => record.publications), ...publications];
  const own = await markersLeft(departure, installKey, instance, signal);
  try {
    // Of two owners that leave at once, the one that looks last must not see the other.
    for (const { store } of own) await unmark(store, installKey, instance, signal);
    const removed: Publication[] = [];
    const kept: Released["kept"][number][] = [];
    for (const target of targets) {
      const others = (): Promise<Marker[]> => otherOwners(stores, installKey, instance, signal);
      const ended = await removeFrom(target, await lyingAt(target, known, signal), others, signal);
      for (const publication of ended.removed) {
        for (const store of stores) await dropPublication(store, installKey, publication, signal);
      }
      removed.push(...ended.removed);
      kept.push(...ended.kept);
    }
    return { removed, kept };
  } catch (thrown) {
    // Only its markers lead the command line to an image: without them, an end that broke off could not be repeated.
    const late = AbortSignal.timeout(putBackMilliseconds);
    await Promise.allSettled(
      own.map(({ store, marker }) => addState(store, installKey, marker, late)),
    );
    throw thrown;
  }
}

interface Left {
  readonly store: RecordStore;
  readonly marker: Marker;
}

async function markersLeft(
  departure: Departure,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<Left[]> {
  const left = await Promise.all(
    recordsLeft(departure).map(async (store) => {
      const markers = await readMarkers(store, key, signal, (name) => name.instance === instance);
      return markers.map((marker) => ({ store, marker }));
    }),
  );
  return left.flat();
}

/** Removes these publications for as long as nobody else owns the image. */
async function removeFrom(
  target: Target,
  publications: readonly Publication[],
  others: () => Promise<readonly Marker[]>,
  signal: AbortSignal,
): Promise<Released> {
  const removed: Publication[] = [];
  for (const publication of publications) {
    // Asked anew each time: somebody may have adopted the image a moment ago.
    const owners = await others();
    if (owners.length > 0) return { removed, kept: [{ target: target.id, owners }] };
    await target.remove(publication, signal);
    removed.push(publication);
  }
  return { removed, kept: [] };
}

/** Some of the other owners, of whom there may be hundreds: one is enough to keep an image, and few can be named. */
async function otherOwners(
  stores: readonly RecordStore[],
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<Marker[]> {
  for (const store of stores) {
    const names = await listMarkers(store, key, signal, mostNamed);
    const others = names.filter((name) => name.instance !== instance);
    if (others.length > 0) return readNamedMarkers(store, key, others, signal);
  }
  return [];
}

/** Beside the owner's own markers, of which there is one for each state, some of others. */
const mostNamed = 10;
