import {
  markerSchema,
  markerStates,
  parseOwnerPath,
  recordPaths,
  type Marker,
  type MarkerState,
} from "../plan/record";
import { json, readJson } from "./json-file";
import type { RecordStore } from "../targets/record-store";

/** The part of a marker that its file name holds. */
export type MarkerName = Pick<Marker, "instance" | "state">;

/** Lists markers by file name: one request, however many markers there are. */
export async function listMarkers(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
  limit?: number,
): Promise<MarkerName[]> {
  const paths = await store.list(recordPaths.owners(key), signal, limit);
  return paths.flatMap((path) => parseOwnerPath(`/${path}`) ?? []);
}

/** Reads the markers whose names match: one list request, and one read for each. */
export async function readMarkers(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
  matches: (name: MarkerName) => boolean = () => true,
): Promise<Marker[]> {
  const names = await listMarkers(store, key, signal);
  return readNamedMarkers(store, key, names.filter(matches), signal);
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

/** Changes the state of an owner's marker. The new file is created before the old one is removed, so that an owner always has a marker. */
export async function setMarker(
  store: RecordStore,
  key: string,
  marker: Marker,
  signal: AbortSignal,
): Promise<void> {
  const { state } = marker;
  await addMarker(store, key, marker, signal);
  const others = markerStates.filter((other) => other !== state);
  for (const other of others) {
    await store.remove(recordPaths.owner(key, marker.instance, other), signal);
  }
}

/** Adds a marker without removing the owner's markers of other states. */
export async function addMarker(
  store: RecordStore,
  key: string,
  { state, ...rest }: Marker,
  signal: AbortSignal,
): Promise<void> {
  await store.create(recordPaths.owner(key, rest.instance, state), json(rest), signal);
}

/** All targets that an owner's markers name; undefined if one of them names none and therefore stands for all. */
export function targetsOf(markers: readonly Marker[]): string[] | undefined {
  const lists = markers.map(({ targets }) => targets);
  const named = lists.filter((targets) => targets !== undefined);
  return named.length < lists.length ? undefined : [...new Set(named.flat())].sort();
}

/**
 * Changes the state of an owner's marker like `setMarker`, and adds the targets that its present markers name: what it
 * published there before may still exist.
 */
export async function extendMarker(
  store: RecordStore,
  key: string,
  marker: Marker,
  signal: AbortSignal,
): Promise<void> {
  const own = await readMarkers(store, key, signal, ({ instance }) => instance === marker.instance);
  const targets = targetsOf([...own, marker]);
  await rewriteMarker(store, key, { ...marker, targets }, signal);
  await setMarker(store, key, marker, signal);
}

/**
 * Writes a marker again with other targets. Files are never changed in place: meanwhile the owner has a marker of
 * another state, with the targets of both.
 */
export async function rewriteMarker(
  store: RecordStore,
  key: string,
  marker: Marker,
  signal: AbortSignal,
): Promise<void> {
  const { instance, state } = marker;
  const own = await readMarkers(store, key, signal, (name) => name.instance === instance);
  const current = own.find((it) => it.state === state);
  if (current !== undefined && isEqual(current.targets, marker.targets)) return;
  if (current === undefined) return addMarker(store, key, marker, signal);
  const between = own.find((it) => it.state !== state) ?? {
    ...current,
    state: state === "pending" ? "live" : "pending",
  };
  const isAdded = !own.includes(between);
  if (isAdded) {
    const targets = targetsOf([current, marker]);
    await addMarker(store, key, { ...between, targets }, signal);
  }
  await store.remove(recordPaths.owner(key, instance, state), signal);
  await addMarker(store, key, marker, signal);
  if (isAdded) await store.remove(recordPaths.owner(key, instance, between.state), signal);
}

function isEqual(one: readonly string[] | undefined, other: readonly string[] | undefined) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Removes an owner's markers, whatever their states. */
export async function removeMarkers(
  store: RecordStore,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<void> {
  for (const state of await readStates(store, key, instance, signal)) {
    await store.remove(recordPaths.owner(key, instance, state), signal);
  }
}

/** The states of an owner's markers. There are two after `markPrevious`, and after a program was killed between create and remove. */
export async function readStates(
  store: RecordStore,
  key: string,
  instance: string,
  signal: AbortSignal,
): Promise<MarkerState[]> {
  const paths = await store.list(`${recordPaths.owners(key)}${instance}.`, signal);
  return paths.flatMap((path) => parseOwnerPath(`/${path}`)?.state ?? []);
}
