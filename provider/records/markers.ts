import {
  markerSchema,
  parseOwnerPath,
  recordPaths,
  type Marker,
  type MarkerState,
} from "../plan/record";
import { json, readJson } from "./json-file";
import type { RecordStore } from "../targets/record-store";

/** What the name of a marker's file tells. */
export type MarkerName = Pick<Marker, "instance" | "state">;

/** Who has a marker, by the names of the files alone: one request, however many there are. */
export async function listMarkers(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
  atMost?: number,
): Promise<MarkerName[]> {
  const paths = await store.list(recordPaths.owners(key), signal, atMost);
  return paths.flatMap((path) => parseOwnerPath(`/${path}`) ?? []);
}

/** Markers with what stands in them, a request for each that is `wanted`. */
export async function readMarkers(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
  wanted: (name: MarkerName) => boolean = () => true,
): Promise<Marker[]> {
  const names = await listMarkers(store, key, signal);
  return readNamedMarkers(store, key, names.filter(wanted), signal);
}

export async function readNamedMarkers(
  store: RecordStore,
  key: string,
  names: readonly MarkerName[],
  signal: AbortSignal,
): Promise<Marker[]> {
  const markers = await Promise.all(
    names.map(async ({ instance, state }) => {
      const path = recordPaths.owner(key, instance, state);
      const marker = await readJson(store, path, markerSchema, signal);
      return marker === undefined ? [] : [{ ...marker, state }];
    }),
  );
  return markers.flat();
}

/** The new state is there before the old one goes, so an owner is never without a marker. */
export async function mark(
  store: RecordStore,
  key: string,
  marker: Marker,
  signal: AbortSignal,
): Promise<void> {
  const { state } = marker;
  await addState(store, key, marker, signal);
  const others: MarkerState[] = (["pending", "live", "previous"] as const).filter(
    (other) => other !== state,
  );
  for (const other of others) {
    await store.remove(recordPaths.owner(key, marker.instance, other), signal);
  }
}

/** A further state, beside those that the marker has. */
export async function addState(
  store: RecordStore,
  key: string,
  { state, ...rest }: Marker,
  signal: AbortSignal,
): Promise<void> {
  await store.create(recordPaths.owner(key, rest.instance, state), json(rest), signal);
}

export async function unmark(
  store: RecordStore,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<void> {
  for (const state of await statesOf(store, key, instance, signal)) {
    await store.remove(recordPaths.owner(key, instance, state), signal);
  }
}

/** States of one owner's marker: none where it has none, two where a program was killed while it changed it. */
export async function statesOf(
  store: RecordStore,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<MarkerState[]> {
  const paths = await store.list(`${recordPaths.owners(key)}${instance}.`, signal);
  return paths.flatMap((path) => parseOwnerPath(`/${path}`)?.state ?? []);
}
