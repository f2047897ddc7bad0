import { formatSize } from "../spec/size";
import { cancellable } from "./cancellable";
import { examineHost, type HostReport, type ToolReport } from "./host-report";
import { note, printJson, printLines } from "./output";

/** Tells whether this machine can build; exit code 1 when it cannot. */
export async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const report = await cancellable(examineHost, note);
  if (json === true) printJson(report);
  else printLines(describeReport(report));
  if (report.problems.length > 0) process.exitCode = 1;
}

function describeReport(report: HostReport): string[] {
  const { accelerator, firmware, host, proxies, problems } = report;
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
    "",
    ...(problems.length === 0 ? ["This machine can build images."] : []),
    ...problems.map((problem) => `problem: ${problem}`),
    ...(report.install === null ? [] : [report.install]),
  ];
}

function describeTool(tool: ToolReport): string {
  const name = `  ${tool.name.padEnd(20)}`;
  return tool.problem === undefined
    ? `${name} ${(tool.version ?? "").padEnd(10)} ${tool.path ?? ""}`
    : `${name} ${tool.problem}`;
}
