import { cancelled, throwIfCancelled } from "../base/cancellation";
import { StylusError } from "../base/errors";
import { runChecks, type AccessFindings, type PublishNeeds } from "./access";
import type { Target } from "./target";

/** In milliseconds; time limit of one target. Longer than a connection attempt and its repetitions. */
const defaultLimit = 60_000;

export interface TargetToCheck {
  readonly target: Pick<Target, "id" | "checkAccess">;
  readonly needs: PublishNeeds;
}

export interface CheckedTarget extends AccessFindings {
  readonly target: string;
}

/** Asks every target whether it can be published to: in parallel, each with a time limit. */
export async function checkTargets(
  requests: readonly TargetToCheck[],
  signal: AbortSignal,
  limit = defaultLimit,
): Promise<CheckedTarget[]> {
  const checked = await Promise.all(
    requests.map(async (request) => {
      const findings = await checkWithin(request, signal, limit);
      return { target: request.target.id, ...findings };
    }),
  );
  throwIfCancelled(signal);
  return checked;
}

async function checkWithin(
  { target, needs }: TargetToCheck,
  signal: AbortSignal,
  limit: number,
): Promise<AccessFindings> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(noAnswer(target.id, limit)), limit);
  const within = AbortSignal.any([signal, deadline.signal]);
  try {
    return await runChecks(signal, () =>
      // A hung network file system does not observe the signal.
      Promise.race([target.checkAccess(needs, within), rejectWhenAborted(within)]),
    );
  } finally {
    clearTimeout(timer);
    deadline.abort();
  }
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(cancelled(signal)), { once: true });
  });
}

function noAnswer(target: string, limit: number): StylusError {
  return new StylusError("publish.unreachable", {
    what: `${target} did not say within ${Math.ceil(limit / 1000)} seconds whether it can be published to.`,
    why: "The server, the network or the file system does not respond.",
    next: "Check that the target responds from this machine, and run again.",
  });
}

/** The problems of all targets as one error; undefined if there are none. One problem keeps its own error. */
export function accessError(checked: readonly CheckedTarget[]): StylusError | undefined {
  const all = checked.flatMap(({ target, problems }) =>
    problems.map((problem) => ({ target, problem })),
  );
  const [first] = all;
  if (first === undefined || all.length === 1) return first?.problem;
  const names = new Set(all.map(({ target }) => target));
  const subject = names.size === 1 ? `The target ${first.target}` : `${names.size} targets`;
  return new StylusError(first.problem.code, {
    what: `${subject} cannot be published to, for ${all.length} reasons.`,
    why: "The targets were asked before the build; nothing was installed or published.",
    next: "Correct the causes below, and run again; `stylus-image doctor --to TARGET` repeats this check alone.",
    problems: all.map(({ target, problem }) => ({ path: target, reason: problem.message })),
    cause: first.problem,
  });
}
