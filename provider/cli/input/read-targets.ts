import { formatPath } from "../../schema/parse";
import { targetSchema, type TargetSpec } from "../../schema/targets/target";
import type { TargetOptions } from "../options/target";
import { readOptionFiles } from "./option-files";
import type { Parsed } from "./parsed";
import { parseTargets } from "./targets";

/** The targets that `--to` names, checked by the schema. */
export async function readTargets(options: TargetOptions): Promise<Parsed<readonly TargetSpec[]>> {
  const { targetHeaders } = await readOptionFiles(options);
  const inputs = parseTargets(options, targetHeaders);
  const problems = [...inputs.problems];
  const specs: TargetSpec[] = [];
  inputs.value.forEach((input, index) => {
    const parsed = targetSchema.safeParse(input);
    if (parsed.success) specs.push(parsed.data);
    for (const { path, message } of parsed.error?.issues ?? []) {
      problems.push({ path: formatPath(["publishTo", index, ...path]), reason: message });
    }
  });
  return { value: specs, problems };
}
