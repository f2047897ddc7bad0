import { isExpected } from "../base/errors";
import type { Publication } from "../schema/state";
import type { FindResult } from "../targets/find-result";
import type { RecordStore } from "../targets/record-store";
import { isRemoteTarget, type Target } from "../targets/target";
import { findAtPlace, type KnownPlaces } from "./presence";
import { askAll, type Answer, type LookupOptions } from "./ask";

/** The answer of one store. */
type StoreAnswer<T> = Answer<T> & { readonly store: string };

/** Asks all stores at once; the answers are in their order. */
export async function lookUpRecords<T>(
  stores: readonly RecordStore[],
  read: (store: RecordStore, signal: AbortSignal) => Promise<T>,
  options: LookupOptions,
): Promise<StoreAnswer<T>[]> {
  const asked = stores.map(async (store) => {
    // Also a local folder has a deadline here: records are small, and a network file system may hang.
    const place = { id: store.id, hasDeadline: true };
    const answers = await askAll(place, [(signal) => read(store, signal)], options);
    return answers.map((answer) => ({ ...answer, store: store.id }));
  });
  return (await Promise.all(asked)).flat();
}

/** The values of the stores that answered. */
export function valuesOf<T>(answers: readonly Answer<T>[]): T[] {
  return answers.flatMap((answer) => (answer.error === undefined ? [answer.value] : []));
}

/** The same where every store has to answer: throws the error of the first one that does not. */
export async function readRecords<T>(
  stores: readonly RecordStore[],
  read: (store: RecordStore, signal: AbortSignal) => Promise<T>,
  options: LookupOptions,
): Promise<T[]> {
  const answers = await lookUpRecords(stores, read, options);
  return answers.map((answer) => {
    if (answer.error !== undefined) throw answer.error;
    return answer.value;
  });
}

/** A publication, and the target at which it is looked for. */
export interface Candidate {
  readonly target: Target;
  readonly publication: Publication;
}

/** Asks all targets at once; the results are in the order of the candidates. A target that does not answer is unreachable. */
export async function lookUpPublications(
  candidates: readonly Candidate[],
  options: LookupOptions & { readonly known?: KnownPlaces | undefined },
): Promise<FindResult[]> {
  const results = new Map<Candidate, FindResult>();
  const targets = [...new Set(candidates.map(({ target }) => target))];
  await Promise.all(
    targets.map(async (target) => {
      const here = candidates.filter((candidate) => candidate.target === target);
      const place = { id: target.id, hasDeadline: isRemoteTarget(target) };
      const answers = await askAll(
        place,
        here.map(
          ({ publication }) =>
            (signal: AbortSignal) =>
              findAtPlace(target, publication, options.known, signal),
        ),
        options,
      );
      answers.forEach((answer, index) => {
        const candidate = here[index];
        if (candidate !== undefined) results.set(candidate, resultOf(answer));
      });
    }),
  );
  return candidates.flatMap((candidate) => results.get(candidate) ?? []);
}

function resultOf(answer: Answer<FindResult>): FindResult {
  return answer.error === undefined
    ? answer.value
    : { state: "unreachable", why: answer.error.details.what };
}

/** A lookup that has a substitute if it fails; a defect of this program and a cancellation are thrown. */
export async function orElse<T>(work: Promise<T>, substitute: T): Promise<T> {
  return work.catch((thrown: unknown) => {
    if (isExpected(thrown) && thrown.code !== "build.cancelled") return substitute;
    throw thrown;
  });
}
