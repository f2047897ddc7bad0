import { formatSize } from "../../base/size";
import { cancellable } from "../terminal/run-watched";
import { examineBucket, type BucketReport } from "./bucket-report";
import { examineHost, type HostReport, type ToolReport } from "./host-report";
import type { DoctorOptions } from "../options/image";
import { note, printJson, printLines } from "../terminal/output";
import { commandLine, describeRemedies } from "./remedies";
import { repair } from "./repair";

type Report = HostReport & { readonly bucket?: BucketReport };

/** Tells whether this machine can build; exit code 1 when it cannot. */
export async function doctor(options: DoctorOptions): Promise<void> {
  await cancellable(async (signal) => {
    const before = await examine(options, signal);
    if (options.yes === true) await repair(before.remedies, before.who, signal);
    const report = options.yes === true ? await examine(options, signal) : before;
    if (options.json === true) printJson(documentOf(report));
    else printLines(options.fix === true ? describeFix(report) : describeReport(report));
    const problems = [...report.problems, ...(report.bucket?.problems ?? [])];
    if (problems.length > 0) process.exitCode = 1;
  }, note);
}

async function examine(options: DoctorOptions, signal: AbortSignal): Promise<Report> {
  const host = await examineHost(signal);
  return options.to === undefined
    ? host
    : { ...host, bucket: await examineBucket(options, signal) };
}

function documentOf({ who, ...report }: Report): object {
  const remedies = report.remedies.map(({ why, commands }) => ({
    why,
    commands: commands.map((command) => commandLine(command, who)),
  }));
  return { ...report, remedies };
}

function describeFix(report: Report): string[] {
  const { bucket } = report;
  return [
    ...describeRemedies(report.remedies, report.who),
    // What no command mends. Of missing tools the remedies have told.
    ...report.problems.slice(report.install === null ? 0 : 1).map((problem) => `# ${problem}`),
    ...(bucket === undefined
      ? []
      : [
          ...bucket.problems.map((problem) => `# ${problem}`),
          "# What publishing, refresh and delete need, as a policy of whoever publishes:",
          JSON.stringify(bucket.policy, undefined, 2),
        ]),
  ];
}

function describeReport(report: Report): string[] {
  const { accelerator, firmware, host, proxies, problems, bucket } = report;
  return [
    "Tools",
    ...report.tools.map(describeTool),
    "Accelerator",
    ...(accelerator === null ? ["  not tried without QEMU"] : []),
    ...(accelerator === null ? [] : [`  ${accelerator.accelerator}: ${accelerator.reason}`]),
    "Firmware",
    `  bios         ${firmware.bios ? "in QEMU's package" : "missing"}`,
    `  uefi         ${firmware.uefi ?? "missing (package ovmf)"}`,
    `  secure boot  ${firmware.secureBoot ?? "missing (package ovmf)"}`,
    "Host",
    `  ${host.cores} cores, ${formatSize(host.availableMemoryBytes)} of memory to spare`,
    `  ${formatSize(host.freeDiskBytes)} free for the cache ${host.cacheDirectory}`,
    ...(Object.keys(proxies).length === 0 ? [] : ["Proxies"]),
    ...Object.entries(proxies).map(([name, value]) => `  ${name}=${value}`),
    ...(bucket === undefined ? [] : ["Bucket", `  ${bucket.target}`]),
    "",
    ...(problems.length === 0 ? ["This machine can build images."] : []),
    ...[...problems, ...(bucket?.problems ?? [])].map((problem) => `problem: ${problem}`),
    ...describeCure(report),
  ];
}

function describeCure({ remedies, who }: Report): string[] {
  if (remedies.length === 0) return [];
  const commands = remedies.flatMap((remedy) => remedy.commands);
  if (commands.length === 0) return ["`stylus-image doctor --fix` says what would make it better."];
  return [
    who.rights === "none"
      ? "Root makes it better by:"
      : "`stylus-image doctor --fix --yes` makes it better by:",
    ...commands.map((command) => `  ${commandLine(command, who).join(" ")}`),
  ];
}

function describeTool(tool: ToolReport): string {
  const name = `  ${tool.name.padEnd(20)}`;
  return tool.problem === undefined
    ? `${name} ${(tool.version ?? "").padEnd(10)} ${tool.path ?? ""}`
    : `${name} ${tool.problem}`;
}
