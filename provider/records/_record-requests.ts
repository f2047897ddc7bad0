import type { z } from "zod";
import { recordPaths, requestSchema } from "../plan/record";
import { json, readJson } from "./json-file";
import type { RecordStore } from "../targets/target";

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
