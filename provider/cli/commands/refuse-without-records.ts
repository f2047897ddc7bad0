import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import type { Target } from "../../targets/target";

/** The owners of files at a target without records are only known from the image's other targets. */
export function refuseWithoutRecords(
  installKey: string,
  targets: readonly Target[],
  unnamed: readonly Publication[],
): void {
  const without = targets.find(({ capabilities }) => capabilities.records === undefined);
  if (without === undefined) return;
  throw new StylusError("input.invalid", {
    what: `The image ${installKey} cannot be removed from ${without.id} alone.`,
    why: "This target keeps no records; only the image's other targets know whether another owner uses the files.",
    next: "Give all of its targets with --to. Files that another owner uses are kept.",
    problems: [...new Set(unnamed.map(({ target }) => target))].map((target) => ({
      path: "--to",
      reason: `does not include ${target}`,
    })),
  });
}
