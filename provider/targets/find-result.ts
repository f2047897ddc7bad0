import { throwIfCancelled } from "../base/cancellation";
import { StylusError } from "../base/errors";
import type { Publication } from "../schema/state";

/** The result of `find`. A refusal or a network error is `unreachable`, never `absent`. */
export type FindResult =
  | { readonly state: "present" }
  /** The publication is unchanged; the template that the server deploys from it is missing or altered. */
  | { readonly state: "undeployed"; readonly why: string }
  | { readonly state: "altered"; readonly why: string }
  | { readonly state: "absent" }
  | {
      readonly state: "unreachable";
      readonly why: string;
      /** Nothing is there, but it is not shown that this is the place that was published to. */
      readonly missing?: true;
    };

/** Turns an error of the target or of the network into `unreachable`. */
export async function orUnreachable(
  signal: AbortSignal,
  find: () => Promise<FindResult>,
): Promise<FindResult> {
  try {
    return await find();
  } catch (thrown) {
    throwIfCancelled(signal);
    // A defect of this program says nothing about the target.
    if (!(thrown instanceof StylusError) || thrown.code === "internal") throw thrown;
    return { state: "unreachable", why: thrown.message };
  }
}

/** `altered` with the reason, where one is given. */
export function presentOrAltered({ uri }: Publication, why: string | undefined): FindResult {
  return why === undefined ? { state: "present" } : { state: "altered", why: `${uri}: ${why}` };
}
