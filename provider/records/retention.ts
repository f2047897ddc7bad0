import { keysOfOwner, ownerTag, recordPaths, type Marker } from "../plan/record";
import type { RecordStore } from "../targets/record-store";
import { addMarker, readMarkers, removeMarkers, type MarkerName } from "./markers";
import { release } from "./release";
import { reachableRecords, recordsOf, type ReleaseScope } from "./scope";

/** The current image of an owner. */
export interface CurrentImage {
  readonly installKey: string;
  readonly owner: string;
  readonly instance: string;
}

/**
 * Adds a `previous` marker to every image that the owner used before. The `live` marker stays until its own instance
 * releases the image: two stacks of one name in different backends have the same URN, and neither may end the
 * ownership of the other.
 */
export async function markPrevious(
  store: RecordStore,
  { installKey, owner, instance }: CurrentImage,
  signal: AbortSignal,
): Promise<void> {
  for (const other of await readOwner(store, owner, signal)) {
    if (other.instance === instance) continue;
    const { live, previous } = other;
    if (other.installKey !== installKey && live !== undefined && previous === undefined) {
      const marker = { ...live, time: new Date().toISOString(), state: "previous" } as const;
      await addMarker(store, other.installKey, marker, signal);
    }
    // A previous image that became the current one again: its marker is now that of the current instance.
    if (other.installKey === installKey && live === undefined) {
      await removeMarkers(store, installKey, other.instance, signal);
    }
  }
}

/** Whether another instance of the same owner has a live image: then this instance was replaced. */
export async function hasSuccessor(
  store: RecordStore,
  { owner, instance }: Pick<Marker, "owner" | "instance">,
  signal: AbortSignal,
): Promise<boolean> {
  const instances = await readOwner(store, owner, signal);
  return instances.some(({ live, instance: other }) => live !== undefined && other !== instance);
}

/** Releases an owner's previous images except the newest `keep`, which each record determines by itself. */
export async function sweepPrevious(
  owner: string,
  keep: number,
  scope: ReleaseScope,
  signal: AbortSignal,
): Promise<void> {
  const sweep = async (stores: readonly RecordStore[], part: ReleaseScope): Promise<void> => {
    for (const image of await findExcess(stores, owner, keep, signal)) {
      await release({ ...image, publications: [] }, part, signal);
    }
  };
  const withoutRecords = scope.targets.filter(
    ({ capabilities }) => capabilities.records === undefined,
  );
  const withRecords = scope.targets.filter(
    ({ capabilities }) => capabilities.records !== undefined,
  );
  // Targets without records go first, while every record still lists their publications.
  if (withoutRecords.length > 0) {
    const part: ReleaseScope = {
      ...scope,
      targets: withoutRecords,
      scope: "listed",
      remainingTargets: [...scope.remainingTargets, ...withRecords],
    };
    await sweep(reachableRecords(part), part);
  }
  for (const target of withRecords) {
    await sweep(recordsOf([target]), { ...scope, targets: [target], scope: "listed" });
  }
  if (scope.scope === "all") await sweep([scope.cacheRecords], { ...scope, targets: [] });
}

/** The markers of one instance at one image. */
interface InstanceMarkers {
  readonly installKey: string;
  readonly instance: string;
  readonly live: Marker | undefined;
  readonly previous: Marker | undefined;
}

/** Reads the live and previous markers of an owner: one list request, and one read for each marker. */
async function readOwner(
  store: RecordStore,
  owner: string,
  signal: AbortSignal,
): Promise<InstanceMarkers[]> {
  const isOwn = ({ instance }: MarkerName): boolean => instance.startsWith(`${ownerTag(owner)}-`);
  const keys = keysOfOwner(await store.list(recordPaths.all, signal), owner);
  const instances = await Promise.all(
    keys.map(async (installKey) => {
      const markers = await readMarkers(store, installKey, signal, isOwn);
      const own = markers.filter((marker) => marker.owner === owner);
      return [...new Set(own.map(({ instance }) => instance))].map((instance): InstanceMarkers => {
        const find = (state: Marker["state"]): Marker | undefined =>
          own.find((marker) => marker.instance === instance && marker.state === state);
        return { installKey, instance, live: find("live"), previous: find("previous") };
      });
    }),
  );
  return instances.flat();
}

/** Merges the markers that several records hold for the same instances. */
function mergeInstances(instances: readonly InstanceMarkers[]): InstanceMarkers[] {
  const merged = new Map<string, InstanceMarkers>();
  for (const one of instances) {
    const name = `${one.installKey} ${one.instance}`;
    const other = merged.get(name);
    const live = one.live ?? other?.live;
    merged.set(name, { ...one, live, previous: one.previous ?? other?.previous });
  }
  return [...merged.values()];
}

/** Previous images beyond the newest `keep`. Images that also have a live marker are never among them. */
async function findExcess(
  stores: readonly RecordStore[],
  owner: string,
  keep: number,
  signal: AbortSignal,
): Promise<Pick<InstanceMarkers, "installKey" | "instance">[]> {
  const timeOf = ({ previous }: InstanceMarkers): number => Date.parse(previous?.time ?? "");
  const instances = await Promise.all(stores.map((store) => readOwner(store, owner, signal)));
  return mergeInstances(instances.flat())
    .filter(({ previous }) => previous !== undefined)
    .toSorted((one, other) => timeOf(other) - timeOf(one))
    .slice(keep)
    .filter(({ live }) => live === undefined)
    .map(({ installKey, instance }) => ({ installKey, instance }));
}
