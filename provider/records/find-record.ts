import type { Head } from "../plan/record";
import { describeThrown, StylusError } from "../base/errors";
import { readHead } from "./record";
import type { RecordStore } from "../targets/record-store";

/** What one store says of an image; `why` where it could not be asked. */
export interface HeadAnswer {
  readonly store: string;
  readonly head?: Head | undefined;
  readonly why?: string | undefined;
}

/** Asks every store for the head under that install key; one that does not answer keeps no other from it. */
export async function askForHead(
  stores: readonly RecordStore[],
  key: string,
  signal: AbortSignal,
): Promise<HeadAnswer[]> {
  return Promise.all(
    stores.map(async (store) => {
      try {
        return { store: store.id, head: await readHead(store, key, signal) };
      } catch (thrown) {
        return { store: store.id, why: describeThrown(thrown) };
      }
    }),
  );
}

/** The error that lists who was asked in vain; `image` is the key or the ID that was looked for. */
export function noRecord(image: string, answers: readonly HeadAnswer[]): StylusError {
  const silent = answers.some(({ why }) => why !== undefined);
  return new StylusError("record.not-found", {
    what: `No record of the image ${image} was found.`,
    why: silent ? "Not every target could be asked." : undefined,
    next: "Check the key and the targets: the record lies where the image was published (`stylus-image inspect <folder>` lists a folder's).",
    problems: answers.map(({ store, why }) => ({
      path: store,
      reason: why === undefined ? "has no such record" : `could not be asked: ${why}`,
    })),
  });
}
