import { targetId } from "../../plan/make-plan";
import { formatPath, invalidInput } from "../../schema/parse";
import { targetSchema } from "../../schema/targets/target";
import { s3AccessProblem, s3Policy } from "../../targets/s3/policy";
import { parseTargets } from "../input/targets";
import type { DoctorOptions } from "./options";

/** Whether a bucket can be used from here. */
export interface BucketReport {
  readonly target: string;
  readonly problems: readonly string[];
  /** The permissions that publishing, refresh and delete need. */
  readonly policy: object;
}

/** Checks the access to a bucket without changing anything in it. */
export async function examineBucket(
  to: string,
  options: DoctorOptions,
  signal: AbortSignal,
): Promise<BucketReport> {
  const [input] = parseTargets({ ...options, to: [to] }, []).value;
  const parsed = targetSchema.safeParse(input);
  if (!parsed.success) {
    throw invalidInput(
      parsed.error.issues.map(({ path, message }) => ({ path: formatPath(path), reason: message })),
    );
  }
  if (parsed.data.type !== "s3") {
    throw invalidInput([{ path: "--to", reason: "must be one s3://bucket/prefix" }]);
  }
  const problem = await s3AccessProblem(parsed.data, signal);
  return {
    target: targetId(parsed.data),
    problems: problem === undefined ? [] : [problem],
    policy: s3Policy(parsed.data),
  };
}
