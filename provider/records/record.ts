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

/** A record without its owners. */
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

/** Reads a record without its owners; there may be hundreds. */
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

/** Creates the head; returns the existing one if another build created it first. */
export async function claimHead(
  store: RecordStore,
  head: Head,
  signal: AbortSignal,
): Promise<Head> {
  const path = headPath(head);
  const outcome = await store.create(path, json(head), signal);
  if (outcome === "created") return head;
  return (await readJson(store, path, headSchema, signal)) ?? head;
}

/** Replaces the head. Only for a new install of an image whose artifacts are all lost. */
export async function replaceHead(
  store: RecordStore,
  head: Head,
  signal: AbortSignal,
): Promise<Head> {
  await store.remove(recordPaths.head(head.installKey), signal);
  return claimHead(store, head, signal);
}

function headPath({ installKey, contentDigest }: Head): string {
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

export async function removePublication(
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
  image: z.infer<typeof requestSchema>,
  signal: AbortSignal,
): Promise<void> {
  await store.create(recordPaths.request(requestKey), json(image), signal);
}

/** Paths of the request files that refer to this image. */
export async function findRequestPaths(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
): Promise<string[]> {
  const paths = await store.list(recordPaths.requests, signal);
  const found = await Promise.all(
    paths.map(async (path) => ({
      path,
      request: await readJson(store, path, requestSchema, signal),
    })),
  );
  return found.filter(({ request }) => request?.installKey === key).map(({ path }) => path);
}
