import { keysOfOwner, ownerTag, recordPaths, type Marker } from "../plan/record";
import { addState, readMarkers, unmark, type MarkerName } from "./record";
import { release } from "./release";
import type { RecordStore, Target } from "./target";

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
  targets: readonly Target[],
  cacheRecords: RecordStore | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const target of targets) {
    for (const old of await tooOld(target.records, owner, keep, signal)) {
      await release({ ...old, publications: [] }, [target], undefined, signal);
    }
  }
  if (cacheRecords === undefined) return;
  for (const old of await tooOld(cacheRecords, owner, keep, signal)) {
    await release({ ...old, publications: [] }, [], cacheRecords, signal);
  }
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

async function tooOld(
  store: RecordStore,
  owner: string,
  keep: number,
  signal: AbortSignal,
): Promise<{ installKey: string; instance: string }[]> {
  const timeOf = ({ previous }: Held): number => Date.parse(previous?.time ?? "");
  return (await heldBy(store, owner, signal))
    .filter(({ previous }) => previous !== undefined)
    .toSorted((one, other) => timeOf(other) - timeOf(one))
    .slice(keep)
    .filter(({ live }) => live === undefined)
    .map(({ installKey, instance }) => ({ installKey, instance }));
}
