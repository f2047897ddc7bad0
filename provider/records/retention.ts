import { keysOfOwner, ownerTag, recordPaths, type Marker } from "../plan/record";
import { addState, readMarkers, unmark, type MarkerName } from "./markers";
import { recordsAtHand, recordsOf, type Departure } from "./scope";
import { release } from "./release";
import type { RecordStore } from "../targets/record-store";

/** Whose image is the current one. */
export interface Current {
  readonly installKey: string;
  readonly owner: string;
  readonly instance: string;
}

/**
 * Says of the images that an owner used before that they are to be kept. Each stays live beside that until its own
 * instance leaves: two stacks of one name, in other backends, have one URN, and neither may end the other's image.
 */
export async function retire(
  store: RecordStore,
  { installKey, owner, instance }: Current,
  signal: AbortSignal,
): Promise<void> {
  for (const held of await heldBy(store, owner, signal)) {
    if (held.instance === instance) continue;
    const { live, previous } = held;
    if (held.installKey !== installKey && live !== undefined && previous === undefined) {
      const marker = { ...live, time: new Date().toISOString(), state: "previous" } as const;
      await addState(store, held.installKey, marker, signal);
    }
    // Taken back: the current instance has that image now.
    if (held.installKey === installKey && live === undefined) {
      await unmark(store, installKey, held.instance, signal);
    }
  }
}

/** Whether another instance of the same owner has an image: then one that leaves was replaced. */
export async function hasSuccessor(
  store: RecordStore,
  { owner, instance }: Pick<Marker, "owner" | "instance">,
  signal: AbortSignal,
): Promise<boolean> {
  const held = await heldBy(store, owner, signal);
  return held.some(({ live, instance: other }) => live !== undefined && other !== instance);
}

/** Gives up an owner's previous images, but for the newest `keep`; each record says by itself which these are. */
export async function sweepPrevious(
  owner: string,
  keep: number,
  departure: Departure,
  signal: AbortSignal,
): Promise<void> {
  const end = async (stores: readonly RecordStore[], part: Departure): Promise<void> => {
    for (const old of await tooOld(stores, owner, keep, signal)) {
      await release({ ...old, publications: [] }, part, signal);
    }
  };
  const without = departure.targets.filter(
    ({ capabilities }) => capabilities.records === undefined,
  );
  const withRecords = departure.targets.filter(
    ({ capabilities }) => capabilities.records !== undefined,
  );
  // First, while every record still says what lies there.
  if (without.length > 0) {
    const stays = [...departure.stays, ...withRecords];
    const part: Departure = { ...departure, targets: without, leaves: "these targets", stays };
    await end(recordsAtHand(part), part);
  }
  for (const target of withRecords) {
    const part: Departure = { ...departure, targets: [target], leaves: "these targets" };
    await end(recordsOf([target]), part);
  }
  if (departure.leaves === "these targets") return;
  await end([departure.cacheRecords], { ...departure, targets: [] });
}

/** What one instance has: at most one marker of each state. */
interface Held {
  readonly installKey: string;
  readonly instance: string;
  readonly live: Marker | undefined;
  readonly previous: Marker | undefined;
}

/** One list, and one read for each marker of this owner's. */
async function heldBy(store: RecordStore, owner: string, signal: AbortSignal): Promise<Held[]> {
  const isOwn = ({ instance }: MarkerName): boolean => instance.startsWith(`${ownerTag(owner)}-`);
  const keys = keysOfOwner(await store.list(recordPaths.all, signal), owner);
  const held = await Promise.all(
    keys.map(async (installKey) => {
      const markers = await readMarkers(store, installKey, signal, isOwn);
      const own = markers.filter((marker) => marker.owner === owner);
      return [...new Set(own.map(({ instance }) => instance))].map((instance): Held => {
        const of = (state: Marker["state"]): Marker | undefined =>
          own.find((marker) => marker.instance === instance && marker.state === state);
        return { installKey, instance, live: of("live"), previous: of("previous") };
      });
    }),
  );
  return held.flat();
}

/** What several records say of the same instances. */
function merged(held: readonly Held[]): Held[] {
  const byName = new Map<string, Held>();
  for (const one of held) {
    const name = `${one.installKey} ${one.instance}`;
    const other = byName.get(name);
    const live = one.live ?? other?.live;
    byName.set(name, { ...one, live, previous: one.previous ?? other?.previous });
  }
  return [...byName.values()];
}

async function tooOld(
  stores: readonly RecordStore[],
  owner: string,
  keep: number,
  signal: AbortSignal,
): Promise<{ installKey: string; instance: string }[]> {
  const timeOf = ({ previous }: Held): number => Date.parse(previous?.time ?? "");
  const held = await Promise.all(stores.map((store) => heldBy(store, owner, signal)));
  return merged(held.flat())
    .filter(({ previous }) => previous !== undefined)
    .toSorted((one, other) => timeOf(other) - timeOf(one))
    .slice(keep)
    .filter(({ live }) => live === undefined)
    .map(({ installKey, instance }) => ({ installKey, instance }));
}
