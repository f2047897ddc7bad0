import { invalidInput } from "../../schema/parse";
import { printJson, printLines, note } from "../terminal/output";
import { cancellable } from "../terminal/cancellable";
import { describeFix, describeReport } from "./describe";
import { describeTargetFix, describeTargets } from "./describe-targets";
import { examineHost, type HostReport } from "./host-report";
import type { DoctorOptions } from "./options";
import { commandLine } from "./remedies";
import { repair } from "./repair";
import { examineTargets } from "./target-report";

/**
 * Reports whether this machine can build images, or whether the targets of `--to` can be published to; the exit code is 1
 * if not.
 */
export async function doctor(options: DoctorOptions): Promise<void> {
  await cancellable(
    (signal) => (options.to === undefined ? checkHost : checkTargets)(options, signal),
    note,
  );
}

async function checkHost(options: DoctorOptions, signal: AbortSignal): Promise<void> {
  const before = await examineHost(signal);
  if (options.yes === true) await repair(before.remedies, before.access, signal);
  const report = options.yes === true ? await examineHost(signal) : before;
  if (options.json === true) printJson(documentOf(report));
  else printLines(options.fix === true ? describeFix(report) : describeReport(report));
  if (report.problems.length > 0) process.exitCode = 1;
}

async function checkTargets(options: DoctorOptions, signal: AbortSignal): Promise<void> {
  if (options.yes === true) {
    const reason = "repairs this machine and no target; run it without `--to`";
    throw invalidInput([{ path: "--yes", reason }]);
  }
  const targets = await examineTargets(options, signal);
  const problems = targets.flatMap((report) => report.problems);
  if (options.json === true) printJson({ problems, targets });
  else printLines(options.fix === true ? describeTargetFix(targets) : describeTargets(targets));
  if (problems.length > 0) process.exitCode = 1;
}

function documentOf({ access, ...report }: HostReport): object {
  const remedies = report.remedies.map(({ why, commands }) => ({
    why,
    commands: commands.map((command) => commandLine(command, access)),
  }));
  return { ...report, remedies };
}
