import { cancelled, throwIfCancelled } from "../base/cancellation";
import { isExpected, StylusError } from "../base/errors";

/** A target or a record store that is asked. */
interface Askable {
  readonly id: string;
  /** A place over a network has a deadline. A local one has none: hashing its files may take long. */
  readonly hasDeadline: boolean;
}

export interface LookupOptions {
  readonly signal: AbortSignal;
  /** Time for each place to answer all questions of this lookup. */
  readonly milliseconds?: number | undefined;
}

type Question<T> = (signal: AbortSignal) => Promise<T>;

/** The answer of a place, or the reason why there is none. */
export type Answer<T> =
  { readonly value: T; readonly error?: undefined } | { readonly error: StylusError };

/** How many questions of one lookup a place is asked at once. */
const concurrency = 4;

const defaultMilliseconds = 30_000;

/** How long a place that missed its deadline is not asked again: 200 images must not wait for it 200 times. */
const retryMilliseconds = 60_000;

/** Places of this process that missed a deadline: when, and how long they were given. */
const silences = new Map<string, { readonly since: number; readonly milliseconds: number }>();
/** Places that have answered a question. */
const responsive = new Set<string>();
/** Settles with the first question that a place is asked. All other lookups wait for it. */
const firstQuestions = new Map<string, Promise<void>>();

/**
 * Asks one place; the answers are in the order of the questions. An error of the place is an answer; a cancelled signal
 * and a defect of this program are thrown.
 */
export async function askAll<T>(
  place: Askable,
  questions: readonly Question<T>[],
  options: LookupOptions,
): Promise<Answer<T>[]> {
  const { signal, milliseconds = defaultMilliseconds } = options;
  throwIfCancelled(signal);
  const [first, ...others] = questions;
  if (first === undefined) return [];
  if (!place.hasDeadline) return inParallel(questions, (question) => ask(question, signal));
  const turn = await awaitTurn(place, signal, milliseconds);
  if (turn === "silent") {
    const error = silentError(`${place.id} did not answer a moment ago, and was not asked again.`);
    return questions.map(() => ({ error }));
  }
  const deadline = AbortSignal.timeout(milliseconds);
  const askOne = (question: Question<T>): Promise<Answer<T>> =>
    askBeforeDeadline(place, question, signal, deadline);
  try {
    if (turn === "free") return await inParallel(questions, askOne);
    const answer = await askOne(first).finally(() => {
      if (!deadline.aborted && !signal.aborted) responsive.add(place.id);
      else if (!signal.aborted) rememberSilence(place, milliseconds);
      turn.end();
    });
    return [answer, ...(await inParallel(others, askOne))];
  } finally {
    if (deadline.aborted && !signal.aborted) rememberSilence(place, milliseconds);
  }
}

interface FirstTurn {
  readonly end: () => void;
}

/** Waits while another lookup asks the first question of this place. */
async function awaitTurn(
  { id }: Askable,
  signal: AbortSignal,
  milliseconds: number,
): Promise<"silent" | "free" | FirstTurn> {
  const deadline = AbortSignal.timeout(milliseconds);
  for (;;) {
    throwIfCancelled(signal);
    if (isSilent(id, milliseconds) || deadline.aborted) return "silent";
    if (responsive.has(id)) return "free";
    const pending = firstQuestions.get(id);
    if (pending === undefined) break;
    await untilAborted(AbortSignal.any([signal, deadline]), () => pending).catch(() => undefined);
  }
  let end = (): void => undefined;
  const asking = new Promise<void>((resolve) => {
    end = () => {
      firstQuestions.delete(id);
      resolve();
    };
  });
  firstQuestions.set(id, asking);
  return { end };
}

async function inParallel<T>(
  questions: readonly Question<T>[],
  askOne: (question: Question<T>) => Promise<Answer<T>>,
): Promise<Answer<T>[]> {
  // Most checks of the engine ask no more than one question, and do not load the package.
  if (questions.length <= 1) return Promise.all(questions.map(askOne));
  const { default: pMap } = await import("p-map");
  return pMap(questions, askOne, { concurrency });
}

function rememberSilence({ id }: Askable, milliseconds: number): void {
  responsive.delete(id);
  silences.set(id, { since: Date.now(), milliseconds });
}

function isSilent(id: string, milliseconds: number): boolean {
  const silence = silences.get(id);
  if (silence === undefined || Date.now() - silence.since >= retryMilliseconds) return false;
  // A caller with more patience asks again.
  return milliseconds <= silence.milliseconds;
}

async function askBeforeDeadline<T>(
  { id }: Askable,
  question: Question<T>,
  signal: AbortSignal,
  deadline: AbortSignal,
): Promise<Answer<T>> {
  try {
    return await ask(question, AbortSignal.any([signal, deadline]));
  } catch (thrown) {
    throwIfCancelled(signal);
    if (!deadline.aborted) throw thrown;
    return { error: silentError(`${id} did not answer in time.`) };
  }
}

async function ask<T>(question: Question<T>, signal: AbortSignal): Promise<Answer<T>> {
  try {
    return { value: await untilAborted(signal, () => question(signal)) };
  } catch (thrown) {
    throwIfCancelled(signal);
    if (!isExpected(thrown)) throw thrown;
    return { error: thrown };
  }
}

/** The result of the work; rejects at the abort even if the work ignores it, as a hanging file system does. */
async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  throwIfCancelled(signal);
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(cancelled(signal));
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function silentError(what: string): StylusError {
  return new StylusError("publish.unreachable", {
    what,
    next: "Check the server and the network, and run again.",
  });
}
