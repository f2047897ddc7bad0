import type { InputProblem } from "../../base/errors";
import { formatPath } from "../../schema/parse";
import { targetSchema, type TargetSpec } from "../../schema/targets/target";
import { headerProblems } from "../options/headers";
import { targetInput, targetOptionProblems } from "./target";
import { readOptionFiles } from "../options/files";
import type { TargetOptions } from "../options/target";

export interface ReadTargets {
  readonly specs: readonly TargetSpec[];
  readonly problems: readonly InputProblem[];
}

/** The targets that `--to` names, and everything that is wrong with them. */
export async function readTargets(options: TargetOptions): Promise<ReadTargets> {
  const { targetHeaders } = await readOptionFiles(options);
  const problems: InputProblem[] = [
    ...headerProblems("--to-header", targetHeaders),
    ...targetOptionProblems(options),
  ];
  const specs: TargetSpec[] = [];
  targetInput(options, targetHeaders).forEach((input, index) => {
    const parsed = targetSchema.safeParse(input);
    if (parsed.success) specs.push(parsed.data);
    for (const { path, message } of parsed.error?.issues ?? []) {
      problems.push({ path: formatPath(["publishTo", index, ...path]), reason: message });
    }
  });
  return { specs, problems };
}
