import { formatSize } from "../../base/size";
import type { HostReport } from "./host-report";
import { commandLine, describeRemedies } from "./remedies";
import type { ToolReport } from "./tool-report";

/** `--fix`: the commands, and as comments the problems that no command solves. */
export function describeFix(report: HostReport): string[] {
  return [
    ...describeRemedies(report.remedies, report.access),
    // The first problem is about missing tools, which the remedies have listed.
    ...report.problems.slice(report.install === null ? 0 : 1).map((problem) => `# ${problem}`),
  ];
}

export function describeReport(report: HostReport): string[] {
  const { accelerator, firmware, host, proxies, problems } = report;
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
    "",
    ...(problems.length === 0 ? ["This machine can build images."] : []),
    ...problems.map((problem) => `problem: ${problem}`),
    ...describeNextStep(report),
  ];
}

function describeNextStep({ remedies, access }: HostReport): string[] {
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
