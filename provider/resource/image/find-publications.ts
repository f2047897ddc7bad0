import type { Publication } from "../../schema/state";
import type { FindResult } from "../../targets/find-result";
import { isRemoteTarget, type Target } from "../../targets/target";

/** How many publications of one image are looked up at a target at once. */
const concurrency = 4;

/** Time for a remote target to find all publications of one image. */
const deadlineMilliseconds = 30_000;

/** How long a target that missed its deadline is not asked again: 200 images must not wait for it 200 times. */
const retryMilliseconds = 60_000;

/** When each target last missed its deadline in this process. */
const missedDeadline = new Map<string, number>();

/**
 * Finds publications at a target; the results are in the order of the publications. A remote target that does not answer
 * within the deadline is unreachable.
 */
export async function findPublications(
  target: Target,
  publications: readonly Publication[],
  signal: AbortSignal,
  milliseconds = deadlineMilliseconds,
): Promise<FindResult[]> {
  if (isUnresponsive(target)) {
    const why = `${target.id} did not answer a moment ago, and was not asked again.`;
    return publications.map(() => ({ state: "unreachable", why }));
  }
  // A local folder has no deadline: hashing its files may take long.
  const deadline = isRemoteTarget(target) ? AbortSignal.timeout(milliseconds) : undefined;
  const { default: pMap } = await import("p-map");
  const results = await pMap(
    publications,
    (publication) => findBefore(deadline, target, publication, signal),
    { concurrency },
  );
  if (deadline?.aborted === true) missedDeadline.set(target.id, Date.now());
  return results;
}

async function findBefore(
  deadline: AbortSignal | undefined,
  target: Target,
  publication: Publication,
  signal: AbortSignal,
): Promise<FindResult> {
  if (deadline === undefined) return target.find(publication, signal);
  const both = AbortSignal.any([signal, deadline]);
  try {
    both.throwIfAborted();
    return await target.find(publication, both);
  } catch (thrown) {
    if (signal.aborted || !deadline.aborted) throw thrown;
    return { state: "unreachable", why: `${target.id} did not answer in time.` };
  }
}

function isUnresponsive(target: Target): boolean {
  const since = missedDeadline.get(target.id);
  return since !== undefined && Date.now() - since < retryMilliseconds;
}
