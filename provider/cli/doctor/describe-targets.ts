import type { TargetReport } from "./target-report";

/** `--fix`: problems as comments, and the policy of each bucket. */
export function describeTargetFix(reports: readonly TargetReport[]): string[] {
  return reports.flatMap(({ target, problems, policy }) => [
    ...problems.map((problem) => `# ${target}: ${problem.replaceAll("\n", "\n# ")}`),
    ...(policy === undefined
      ? []
      : [
          `# The policy that publishing to ${target}, refresh and delete need:`,
          JSON.stringify(policy, undefined, 2),
        ]),
  ]);
}

export function describeTargets(reports: readonly TargetReport[]): string[] {
  return [
    "Targets",
    ...reports.map(
      ({ target, problems }) =>
        `  ${target}  ${problems.length === 0 ? "can be published to" : "cannot be published to"}`,
    ),
    "",
    ...reports.flatMap(({ target, problems, warnings }) => [
      ...problems.map((problem) => `problem: ${target}: ${problem}`),
      ...warnings.map((warning) => `warning: ${target}: ${warning}`),
    ]),
  ];
}
