import { printJson, printLines, note } from "../terminal/output";
import { cancellable } from "../terminal/cancellable";
import { examineBucket } from "./bucket-report";
import { describeFix, describeReport, type DoctorReport } from "./describe";
import { examineHost } from "./host-report";
import type { DoctorOptions } from "./options";
import { commandLine } from "./remedies";
import { repair } from "./repair";

/** Reports whether this machine can build images; the exit code is 1 if it cannot. */
export async function doctor(options: DoctorOptions): Promise<void> {
  await cancellable(async (signal) => {
    const before = await examine(options, signal);
    if (options.yes === true) await repair(before.remedies, before.access, signal);
    const report = options.yes === true ? await examine(options, signal) : before;
    if (options.json === true) printJson(documentOf(report));
    else printLines(options.fix === true ? describeFix(report) : describeReport(report));
    const problems = [...report.problems, ...(report.bucket?.problems ?? [])];
    if (problems.length > 0) process.exitCode = 1;
  }, note);
}

async function examine(options: DoctorOptions, signal: AbortSignal): Promise<DoctorReport> {
  const host = await examineHost(signal);
  return options.to === undefined
    ? host
    : { ...host, bucket: await examineBucket(options.to, options, signal) };
}

function documentOf({ access, ...report }: DoctorReport): object {
  const remedies = report.remedies.map(({ why, commands }) => ({
    why,
    commands: commands.map((command) => commandLine(command, access)),
  }));
  return { ...report, remedies };
}
