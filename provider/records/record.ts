import type { z } from "zod";
import {
  type Head,
  type Marker,
  type PublicationEntry,
  headSchema,
  publicationEntrySchema,
  recordPaths,
  requestSchema,
} from "../plan/record";
import type { Publication } from "../schema/state";
import type { RecordStore } from "../targets/record-store";
import { json, readJson } from "./json-file";
import { readMarkers } from "./markers";

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
