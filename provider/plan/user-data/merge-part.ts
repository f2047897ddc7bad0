import type { JsonMap } from "../../base/json";
import { mergeForCloudInit } from "./cloud-init/merge-users";
import { mergeConfig } from "./merge";
import type { Part, PartInput } from "./part";
import { accountNameProblems } from "./shape/account-names";
import { checkShape } from "./shape/check-shape";
import { kairosShape } from "./shape/kairos-shape";

/** The user's own cloud-config merged over the generated one, as the reader of the result does it. */
export function mergePart(generated: JsonMap, { own, reader }: PartInput): Part {
  if (reader === "generic") return { ...mergeForCloudInit(generated, own), warnings: [] };
  const { document, problems } = mergeConfig(generated, own, "userData");
  // These reasons tell how the value is written, so they come before those of the merge at the same
  // path, and take the place of those about the whole list.
  const shape = checkShape(own, kairosShape, "userData");
  const others = problems.filter(
    ({ path }) => !shape.problems.some((wrong) => wrong.path.startsWith(`${path}[`)),
  );
  return {
    document,
    problems: [...shape.problems, ...accountNameProblems(own), ...others],
    warnings: shape.warnings,
  };
}
