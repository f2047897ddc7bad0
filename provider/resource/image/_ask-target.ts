import type { Finding, Target } from "../../targets/target";
import type { Publication } from "../../schema/state";

/** How many questions about one image a target gets at once. */
const questionsAtOnce = 4;

/** How long a server may take to answer all questions about one image. */
const patienceMilliseconds = 30_000;

/** How long a server that kept silent is not asked again: 200 images at a dead one are not to wait 200 times. */
const silenceMilliseconds = 60_000;

/** When each target was last found silent, by this process. */
const silentSince = new Map<string, number>();

/** What a target says of each publication, in the same order, in a time that does not depend on its answering. */
export async function askTarget(
  target: Target,
  publications: readonly Publication[],
  signal: AbortSignal,
  milliseconds = patienceMilliseconds,
): Promise<Finding[]> {
  if (isSilent(target)) {
    const why = `${target.id} did not answer a moment ago, and was not asked again.`;
    return publications.map(() => ({ state: "unreachable", why }));
  }
  const findings: Finding[] = [];
  const waiting = [...publications.entries()];
  const askOneByOne = async (patience: AbortSignal | undefined): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, publication] = next;
      findings[index] = await askPatiently(target, publication, signal, patience);
    }
  };
  // A folder that is hashed may take its time: it is at work, and not silent.
  const patience = target.remote ? AbortSignal.timeout(milliseconds) : undefined;
  await Promise.all(Array.from({ length: questionsAtOnce }, () => askOneByOne(patience)));
  if (patience?.aborted === true) silentSince.set(target.id, Date.now());
  return findings;
}

async function askPatiently(
  target: Target,
  publication: Publication,
  signal: AbortSignal,
  patience: AbortSignal | undefined,
): Promise<Finding> {
  if (patience === undefined) return target.find(publication, signal);
  const both = AbortSignal.any([signal, patience]);
  try {
    both.throwIfAborted();
    return await target.find(publication, both);
  } catch (thrown) {
    if (signal.aborted || !patience.aborted) throw thrown;
    return { state: "unreachable", why: `${target.id} did not answer in time.` };
  }
}

function isSilent(target: Target): boolean {
  const since = silentSince.get(target.id);
  return since !== undefined && Date.now() - since < silenceMilliseconds;
}
