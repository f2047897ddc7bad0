import type { Proof, Proven } from "../plan/proof";
import type { KeyedBuild } from "./context";

/** A proof that this build made just now. */
export function proofOf(
  { plan, journal }: Pick<KeyedBuild, "plan" | "journal">,
  contentDigest: string,
  proven: Proven,
): Proof {
  const accelerator = journal.notes().host?.accelerator;
  return {
    contentDigest,
    proven,
    recipe: plan.recipe,
    time: new Date().toISOString(),
    // Reading a disk needs no machine.
    ...(proven.kind !== "structure" && accelerator !== undefined && { accelerator }),
  };
}
