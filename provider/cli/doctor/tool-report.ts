import { asStylusError } from "../../base/errors";
import type { Accelerator } from "../../schema/names";
import { chooseAccelerator } from "../../system/accelerator/choose";
import { type ToolName, toolTable } from "../../system/process/tool-table";
import { findTools } from "../../system/process/tools";

export interface ToolReport {
  readonly name: ToolName;
  readonly path?: string;
  readonly version?: string;
  readonly problem?: string;
}

export interface AcceleratorReport {
  readonly accelerator: Accelerator;
  readonly reason: string;
}

/** The names of all external tools. */
export const toolNames: readonly ToolName[] = Object.keys(toolTable).filter(isToolName);

function isToolName(name: string): name is ToolName {
  return Object.hasOwn(toolTable, name);
}

export async function examineTool(name: ToolName, signal: AbortSignal): Promise<ToolReport> {
  try {
    return { name, ...(await findTools([name], signal))[name] };
  } catch (thrown) {
    const { problems = [], what } = asStylusError(thrown).details;
    return { name, problem: problems[0]?.reason ?? what };
  }
}

/** Null where QEMU is missing: the accelerator cannot be tested without it. */
export async function examineAccelerator(
  tools: readonly ToolReport[],
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<AcceleratorReport | null> {
  const qemu = tools.find(({ name }) => name === "qemu-system-x86_64");
  if (qemu?.path === undefined || qemu.version === undefined) return null;
  const { path: qemuPath, version: qemuVersion } = qemu;
  const options = { qemuPath, qemuVersion, cacheDirectory, signal };
  const { accelerator, reason } = await chooseAccelerator("auto", options);
  return { accelerator, reason };
}
