import { StylusError } from "../base/errors";
import type { Publication } from "../schema/state";
import { throwIfCancelled } from "../base/cancellation";
import type { Finding } from "./target";

/** What a target answers; `unreachable` where it refuses or its network is dead, which proves nothing of what lies there. */
export async function findingOrUnreachable(
  signal: AbortSignal,
  ask: () => Promise<Finding>,
): Promise<Finding> {
  try {
    return await ask();
  } catch (thrown) {
    throwIfCancelled(signal);
    // A defect of ours says nothing of the target.
    if (!(thrown instanceof StylusError) || thrown.code === "internal") throw thrown;
    return { state: "unreachable", why: thrown.message };
  }
}

/** It is there; `why` says what is not as it was published. */
export function presentOrAltered({ uri }: Publication, why: string | undefined): Finding {
  return why === undefined ? { state: "present" } : { state: "altered", why: `${uri}: ${why}` };
}
