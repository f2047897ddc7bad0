import { throwIfCancelled } from "../base/cancellation";
import { StylusError } from "../base/errors";
import type { ArtifactFormat } from "../schema/names";

/** The files that will be published to a target, as far as they are known before a build. */
export interface PublishNeeds {
  readonly formats: readonly ArtifactFormat[];
  /** A size that every artifact has at least, so that a target that lacks even this is certainly too small. */
  readonly leastBytes: number;
  /** Virtual size of the disk; absent if it is not known, or if no disk is published. */
  readonly diskBytes?: number | undefined;
}

/** The answer of a target about an upload that has not begun yet. */
export interface AccessFindings {
  /** Problems with which `publish` would certainly fail. */
  readonly problems: readonly StylusError[];
  /** Conditions that may become a problem. */
  readonly warnings: readonly string[];
}

export const noFindings: AccessFindings = { problems: [], warnings: [] };

export function warning(text: string): AccessFindings {
  return { problems: [], warnings: [text] };
}

/**
 * Runs independent checks in parallel and joins what they find; an error that a check throws is a problem. Defects of
 * this program and a cancelled signal are thrown.
 */
export async function runChecks(
  signal: AbortSignal,
  ...checks: readonly (() => Promise<AccessFindings | undefined>)[]
): Promise<AccessFindings> {
  const all = await Promise.all(checks.map((check) => runCheck(signal, check)));
  return {
    problems: all.flatMap(({ problems }) => problems),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

async function runCheck(
  signal: AbortSignal,
  check: () => Promise<AccessFindings | undefined>,
): Promise<AccessFindings> {
  try {
    return (await check()) ?? noFindings;
  } catch (thrown) {
    throwIfCancelled(signal);
    if (!(thrown instanceof StylusError) || thrown.code === "internal") throw thrown;
    return { problems: [thrown], warnings: [] };
  }
}
