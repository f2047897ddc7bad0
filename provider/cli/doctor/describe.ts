import { formatSize } from "../../base/size";
import type { BucketReport } from "./bucket-report";
import type { HostReport } from "./host-report";
import { commandLine, describeRemedies } from "./remedies";
import type { ToolReport } from "./tool-report";

export type DoctorReport = HostReport & { readonly bucket?: BucketReport };

/** `--fix`: the commands, and as comments the problems that no command solves. */
export function describeFix(report: DoctorReport): string[] {
  const { bucket } = report;
  return [
    ...describeRemedies(report.remedies, report.access),
    // The first problem is about missing tools, which the remedies have listed.
    ...report.problems.slice(report.install === null ? 0 : 1).map((problem) => `# ${problem}`),
    ...(bucket === undefined
      ? []
      : [
          ...bucket.problems.map((problem) => `# ${problem}`),
          "# The policy that publishing, refresh and delete need:",
          JSON.stringify(bucket.policy, undefined, 2),
        ]),
  ];
}

export function describeReport(report: DoctorReport): string[] {
  const { accelerator, firmware, host, proxies, problems, bucket } = report;
  return [
    "Tools",
    ...report.tools.map(describeTool),
    "Accelerator",
    ...(accelerator === null ? ["  not tested: QEMU is missing"] : []),
    ...(accelerator === null ? [] : [`  ${accelerator.accelerator}: ${accelerator.reason}`]),
    "Firmware",
    `  bios         ${firmware.bios ? "in QEMU's package" : "missing"}`,
    `  uefi         ${firmware.uefi ?? "missing (package ovmf)"}`,
    `  secure boot  ${firmware.secureBoot ?? "missing (package ovmf)"}`,
    "Host",
    `  ${host.cores} cores, ${formatSize(host.availableMemoryBytes)} of memory available`,
    `  ${formatSize(host.freeDiskBytes)} free for the cache ${host.cacheDirectory}`,
    ...(Object.keys(proxies).length === 0 ? [] : ["Proxies"]),
    ...Object.entries(proxies).map(([name, value]) => `  ${name}=${value}`),
    ...(bucket === undefined ? [] : ["Bucket", `  ${bucket.target}`]),
    "",
    ...(problems.length === 0 ? ["This machine can build images."] : []),
    ...[...problems, ...(bucket?.problems ?? [])].map((problem) => `problem: ${problem}`),
    ...describeNextStep(report),
  ];
}

function describeNextStep({ remedies, access }: DoctorReport): string[] {
  if (remedies.length === 0) return [];
  const commands = remedies.flatMap((remedy) => remedy.commands);
  if (commands.length === 0)
    return ["Run `stylus-image doctor --fix` to see what can be improved."];
  return [
    access.rights === "none"
      ? "Root must run these commands:"
      : "Run `stylus-image doctor --fix --yes`, which runs these commands:",
    ...commands.map((command) => `  ${commandLine(command, access).join(" ")}`),
  ];
}

function describeTool(tool: ToolReport): string {
  const name = `  ${tool.name.padEnd(20)}`;
  return tool.problem === undefined
    ? `${name} ${(tool.version ?? "").padEnd(10)} ${tool.path ?? ""}`
    : `${name} ${tool.problem}`;
}
