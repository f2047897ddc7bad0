import type { Head } from "../plan/record";
import { StylusError } from "../base/errors";
import type { LookupOptions } from "./ask";
import { lookUpRecords } from "./lookup";
import { readHead } from "./record";
import type { RecordStore } from "../targets/record-store";

/** The head of an image in one store. */
export interface HeadLookup {
  readonly store: string;
  readonly head?: Head | undefined;
  /** Why the store could not be read. */
  readonly why?: string | undefined;
}

/** Looks up the head of an image in every store. A store that fails does not affect the others. */
export async function lookUpHead(
  stores: readonly RecordStore[],
  key: string,
  options: LookupOptions,
): Promise<HeadLookup[]> {
  const read = (store: RecordStore, signal: AbortSignal) => readHead(store, key, signal);
  const answers = await lookUpRecords(stores, read, options);
  return answers.map(({ store, ...answer }) =>
    answer.error === undefined
      ? { store, head: answer.value }
      : { store, why: answer.error.message },
  );
}

/** The error that lists the stores without a record; `image` is the install key or the ID that was looked up. */
export function recordNotFound(image: string, lookups: readonly HeadLookup[]): StylusError {
  const hasFailed = lookups.some(({ why }) => why !== undefined);
  return new StylusError("record.not-found", {
    what: `No record of the image ${image} was found.`,
    why: hasFailed ? "Some targets could not be read." : undefined,
    next: "Check the key and the targets: the record is at the target where the image was published (`stylus-image inspect <folder>` lists the records of a folder).",
    problems: lookups.map(({ store, why }) => ({
      path: store,
      reason: why === undefined ? "has no such record" : `could not be read: ${why}`,
    })),
  });
}
