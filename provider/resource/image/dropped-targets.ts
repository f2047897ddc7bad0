import { targetId } from "../../schema/targets/identity";
import type { TargetSpec } from "../../schema/targets/target";
import type { TargetContext } from "../../targets/open-target";
import type { Call } from "../handlers";
import { openShared } from "./target-pool";

/** The targets that a resource no longer publishes to. */
interface DroppedTargets {
  /** Proven to be other places than those that stay: the ownership there ends as on delete. */
  readonly released: readonly TargetSpec[];
  /** Nothing is proven about them, so nothing is removed there. */
  readonly unproven: readonly TargetSpec[];
}

/**
 * Decides at which of the former targets the image may be given up. A target is only left if it is proven to be another
 * place than every target that stays: with another spelling of the same place, everything just published would be removed.
 */
export async function droppedTargets(
  call: Call,
  former: readonly TargetSpec[],
  now: readonly TargetSpec[],
  context: TargetContext,
): Promise<DroppedTargets> {
  const staying = new Set(now.map(targetId));
  const released: TargetSpec[] = [];
  const unproven: TargetSpec[] = [];
  for (const spec of former.filter((it) => !staying.has(targetId(it)))) {
    const verdict = await compareWithAll(call, spec, now, context);
    if (verdict === "different") released.push(spec);
    if (verdict === "unknown") unproven.push(spec);
  }
  return { released, unproven };
}

async function compareWithAll(
  call: Call,
  spec: TargetSpec,
  staying: readonly TargetSpec[],
  context: TargetContext,
): Promise<"same" | "different" | "unknown"> {
  const { comparePlaces } =
    require("../../targets/compare-places") as typeof import("../../targets/compare-places");
  const left = openShared(spec, context);
  let verdict: "different" | "unknown" = "different";
  for (const other of staying.map((it) => openShared(it, context))) {
    const comparison = await comparePlaces(left, other, call.signal);
    switch (comparison.state) {
      case "same":
        call.log.info(
          `${left.id} is the same place as ${other.id}, which stays: nothing is removed there.`,
        );
        return "same";
      case "unknown":
        verdict = "unknown";
        call.log.warn(
          `Nothing was removed from ${left.id}: it could not be proven that ${other.id} is another place. ${comparison.why}`,
        );
        break;
      case "different":
    }
  }
  return verdict;
}
