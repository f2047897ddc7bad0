import type { z } from "zod";
import {
  headSchema,
  markerSchema,
  parseOwnerPath,
  publicationEntrySchema,
  recordPaths,
  requestSchema,
  type Head,
  type Marker,
  type MarkerState,
  type PublicationEntry,
} from "../plan/record";
import { StylusError } from "../spec/errors";
import type { Publication } from "../spec/state";
import type { RecordStore } from "./target";

/** What a record says of the image itself. */
export interface RecordedImage {
  readonly head: Head | undefined;
  readonly publications: readonly PublicationEntry[];
}

/** The record of one image in one store. */
export interface ImageRecord extends RecordedImage {
  readonly markers: readonly Marker[];
}

export async function readRecord(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
): Promise<ImageRecord> {
  const [image, markers] = await Promise.all([
    readRecordedImage(store, key, signal),
    readMarkers(store, key, signal),
  ]);
  return { ...image, markers };
}

/** The record without its owners, of whom there may be many. */
export async function readRecordedImage(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
): Promise<RecordedImage> {
  const [head, publications] = await Promise.all([
    readHead(store, key, signal),
    readPublications(store, key, signal),
  ]);
  return { head, publications };
}

export async function readHead(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
): Promise<Head | undefined> {
  const head = await readJson(store, recordPaths.head(key), headSchema, signal);
  return head ?? readJson(store, recordPaths.bareHead(key), headSchema, signal);
}

/** Creates the head, or answers the one that another build created first. */
export async function claimHead(
  store: RecordStore,
  head: Head,
  signal: AbortSignal,
): Promise<Head> {
  const path = pathOf(head);
  const outcome = await store.create(path, json(head), signal);
  if (outcome === "created") return head;
  return (await readJson(store, path, headSchema, signal)) ?? head;
}

/** Only for a new install of an image of which nothing is left: the old head gives way to the new one. */
export async function replaceHead(
  store: RecordStore,
  head: Head,
  signal: AbortSignal,
): Promise<Head> {
  await store.remove(recordPaths.head(head.installKey), signal);
  return claimHead(store, head, signal);
}

function pathOf({ installKey, contentDigest }: Head): string {
  return contentDigest === undefined
    ? recordPaths.bareHead(installKey)
    : recordPaths.head(installKey);
}

export async function addPublication(
  store: RecordStore,
  key: string,
  publication: PublicationEntry,
  signal: AbortSignal,
): Promise<void> {
  await store.create(recordPaths.publication(key, publication), json(publication), signal);
}

export async function dropPublication(
  store: RecordStore,
  key: string,
  publication: Publication,
  signal: AbortSignal,
): Promise<void> {
  await store.remove(recordPaths.publication(key, publication), signal);
}

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

export async function readRequest(
  store: RecordStore,
  requestKey: string,
  signal: AbortSignal,
): Promise<z.infer<typeof requestSchema> | undefined> {
  return readJson(store, recordPaths.request(requestKey), requestSchema, signal);
}

export async function addRequest(
  store: RecordStore,
  requestKey: string,
  found: z.infer<typeof requestSchema>,
  signal: AbortSignal,
): Promise<void> {
  await store.create(recordPaths.request(requestKey), json(found), signal);
}

/** Paths of the request files that lead to this image. */
export async function requestsOf(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
): Promise<string[]> {
  const paths = await store.list(recordPaths.requests, signal);
  const found = await Promise.all(
    paths.map(async (path) => ({
      path,
      leads: await readJson(store, path, requestSchema, signal),
    })),
  );
  return found.filter(({ leads }) => leads?.installKey === key).map(({ path }) => path);
}

async function readPublications(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
): Promise<PublicationEntry[]> {
  const paths = await store.list(recordPaths.publications(key), signal);
  const entries = await Promise.all(
    paths
      .filter((path) => path.endsWith(".json"))
      .map((path) => readJson(store, path, publicationEntrySchema, signal)),
  );
  return entries.filter((entry) => entry !== undefined);
}

export async function readJson<T>(
  store: RecordStore,
  path: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const text = await store.read(path, signal);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StylusError("record.unreadable", {
      what: `The record file ${path} at ${store.id} cannot be understood.`,
      why: "It was damaged, or written by a newer version of pulumi-stylus-image.",
      next: "Use the newer version, or remove that file if the image may be built again.",
      cause,
    });
  }
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
