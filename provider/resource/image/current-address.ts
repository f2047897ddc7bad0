import type { Context } from "../../base/context";
import { throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import type { TargetSpec } from "../../schema/targets/target";
import type { Address } from "../../targets/addresses";
import { openShared } from "./target-pool";

/** Time for a target's client to tell an address. */
const deadlineMilliseconds = 5000;

/**
 * The current address of a publication. Undefined if it cannot be determined now (without a region or a kubeconfig, for
 * example): then `up` reports the problem if it has to use the target, and the recorded address is kept until then.
 */
export async function currentAddress(
  spec: TargetSpec,
  publication: Publication,
  context: Pick<Context, "rootDirectory" | "cacheDirectory" | "signal">,
): Promise<Address | undefined> {
  try {
    const { addressBySpec } =
      require("../../targets/public-url") as typeof import("../../targets/public-url");
    return (
      addressBySpec(spec, publication, context.rootDirectory) ??
      (await askClient(spec, publication, context))
    );
  } catch (thrown) {
    throwIfCancelled(context.signal);
    if (thrown instanceof StylusError) return undefined;
    throw thrown;
  }
}

async function askClient(
  spec: TargetSpec,
  publication: Publication,
  context: Pick<Context, "rootDirectory" | "cacheDirectory" | "signal">,
): Promise<Address> {
  const { addressAt } =
    require("../../targets/addresses") as typeof import("../../targets/addresses");
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMilliseconds)]);
  return addressAt(openShared(spec, context), publication, signal);
}
