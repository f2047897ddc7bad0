import { StylusError } from "../spec/errors";
import { formatSize } from "../spec/size";
import { cancellable } from "./cancellable";
import { examineBucket, type BucketReport } from "./bucket-report";
import { examineHost, type HostReport, type ToolReport } from "./host-report";
import type { DoctorOptions } from "./options";
import { note, printJson, printLines } from "./output";
import { describeRemedies, type Remedy } from "./remedies";

type Report = HostReport & { readonly bucket?: BucketReport };

/** Tells whether this machine can build; exit code 1 when it cannot. */
export async function doctor(options: DoctorOptions): Promise<void> {
  await cancellable(async (signal) => {
    const before = await examine(options, signal);
    if (options.yes === true) await repair(before.remedies, signal);
    const report = options.yes === true ? await examine(options, signal) : before;
    if (options.json === true) printJson(report);
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

/** Runs every command in its order, each seen before it runs; the first that fails ends it. */
async function repair(remedies: readonly Remedy[], signal: AbortSignal): Promise<void> {
  const { execa } = await import("execa");
  for (const [program = "", ...args] of remedies.flatMap(({ commands }) => commands)) {
    note(`$ ${[program, ...args].join(" ")}`);
    const { exitCode, failed } = await execa(program, args, {
      stdin: "inherit",
      // What a package manager says is for the person; standard output is ours.
      stdout: process.stderr,
      stderr: "inherit",
      reject: false,
      cancelSignal: signal,
    });
    if (failed) throw notRepaired([program, ...args].join(" "), exitCode);
  }
}

function notRepaired(command: string, exitCode: number | undefined): StylusError {
  return new StylusError("host.tool-missing", {
    what: `\`${command}\` failed${exitCode === undefined ? "" : ` with exit code ${exitCode}`}.`,
    why: "Its own message stands above.",
    next: "Mend that, or run the commands of `stylus-image doctor --fix` by hand.",
  });
}

function describeFix(report: Report): string[] {
  const { bucket } = report;
  return [
    ...describeRemedies(report.remedies),
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
    ...(report.install === null ? [] : [report.install]),
    ...(report.remedies.length === 0
      ? []
      : ["`stylus-image doctor --fix` prints what would make it better."]),
  ];
}

function describeTool(tool: ToolReport): string {
  const name = `  ${tool.name.padEnd(20)}`;
  return tool.problem === undefined
    ? `${name} ${(tool.version ?? "").padEnd(10)} ${tool.path ?? ""}`
    : `${name} ${tool.problem}`;
}
