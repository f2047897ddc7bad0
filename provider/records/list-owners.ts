import { markerSchema, parseOwnerPath, recordPaths, type Marker } from "../plan/record";
import type { RecordStore } from "../targets/record-store";
import { readNamedMarkers } from "./markers";

/** An owner of an image, as one record lists it. */
export interface ListedOwner extends Marker {
  readonly installKey: string;
  /** The store that lists it. */
  readonly store: string;
}

/** The marker of a listed owner, as it is written. */
export function markerOfOwner(owner: ListedOwner): Marker {
  return { ...markerSchema.parse(owner), state: owner.state };
}

/** The owners of all images in one store: one list request, and one read for each marker. */
export async function listOwners(
  store: RecordStore,
  signal: AbortSignal,
  matches: (owner: { readonly installKey: string; readonly instance: string }) => boolean = () =>
    true,
): Promise<ListedOwner[]> {
  const paths = await store.list(recordPaths.all, signal);
  const names = paths.flatMap((path) => {
    const installKey = /(?:^|\/)([0-9a-f]{64})\/owners\//.exec(path)?.[1];
    const name = parseOwnerPath(`/${path}`);
    if (installKey === undefined || name === undefined) return [];
    return matches({ installKey, instance: name.instance }) ? [{ installKey, ...name }] : [];
  });
  const owners: ListedOwner[] = [];
  for (const { installKey, ...name } of names) {
    const markers = await readNamedMarkers(store, installKey, [name], signal);
    owners.push(...markers.map((marker) => ({ ...marker, installKey, store: store.id })));
  }
  return owners;
}
