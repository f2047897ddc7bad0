import { targetId } from "../../plan/make-plan";
import { s3Policy, s3Problem } from "../../targets/s3/policy";
import { formatPath, invalidInput } from "../../schema/parse";
import { targetSchema } from "../../schema/targets/target";
import { targetInput } from "../input/target";
import type { DoctorOptions } from "../options/image";

/** How far a bucket can be reached. */
export interface BucketReport {
  readonly target: string;
  readonly problems: readonly string[];
  /** What whoever publishes there must be allowed. */
  readonly policy: object;
}

/** Looks at a bucket without changing anything in it. */
export async function examineBucket(
  options: DoctorOptions,
  signal: AbortSignal,
): Promise<BucketReport> {
  const [input] = targetInput(options, []);
  const parsed = targetSchema.safeParse(input);
  if (!parsed.success) {
    throw invalidInput(
      parsed.error.issues.map(({ path, message }) => ({ path: formatPath(path), reason: message })),
    );
  }
  if (parsed.data.type !== "s3") {
    throw invalidInput([{ path: "--to", reason: "names one s3://bucket/prefix" }]);
  }
  const problem = await s3Problem(parsed.data, signal);
  return {
    target: targetId(parsed.data),
    problems: problem === undefined ? [] : [problem],
    policy: s3Policy(parsed.data),
  };
}
