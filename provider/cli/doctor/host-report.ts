import { asStylusError } from "../../base/errors";
import { findRecipe, latestRecipe } from "../../plan/recipe";
import { inspectKvm } from "../../system/accelerator/kvm-device";
import { freeDiskSpace, readHostCapacity } from "../../system/host/capacity";
import { isDpkgInterrupted } from "../../system/host/debian-packages";
import { readDistribution } from "../../system/host/distribution";
import { findFirmware } from "../../system/host/firmware";
import { toolTable } from "../../system/process/tool-table";
import { findTools, locate } from "../../system/process/tools";
import { defaultCacheDirectory } from "../../system/workspace";
import { cacheProblems, failureOf, memoryProblems } from "./host-problems";
import { proxiesIn } from "./proxies";
import { remediesFor } from "./remedies";
import type { HostFindings, Remedy, Rights, RootAccess } from "./remedy";
import {
  examineAccelerator,
  examineTool,
  toolNames,
  type AcceleratorReport,
  type ToolReport,
} from "./tool-report";

export interface HostReport {
  /** Why this machine cannot build images; empty if it can. */
  readonly problems: readonly string[];
  /** One command that installs the missing tools; if it is set, the first problem lists them. */
  readonly install: string | null;
  readonly remedies: readonly Remedy[];
  readonly access: RootAccess;
  readonly tools: readonly ToolReport[];
  readonly accelerator: AcceleratorReport | null;
  /** Whether QEMU's BIOS is installed, and the paths of the UEFI firmware. */
  readonly firmware: {
    readonly bios: boolean;
    readonly uefi: string | null;
    readonly secureBoot: string | null;
  };
  readonly host: {
    readonly cores: number;
    readonly availableMemoryBytes: number;
    readonly cacheDirectory: string;
    readonly freeDiskBytes: number;
  };
  /** Without user names and passwords. */
  readonly proxies: Readonly<Record<string, string>>;
}

export async function examineHost(signal: AbortSignal): Promise<HostReport> {
  const cacheDirectory = defaultCacheDirectory();
  const tools = await Promise.all(toolNames.map((name) => examineTool(name, signal)));
  const missing = await failureOf(() => findTools(toolNames, signal));
  const accelerator = await examineAccelerator(tools, cacheDirectory, signal);
  const capacity = await readHostCapacity();
  const freeDiskBytes = await freeDiskSpace(cacheDirectory);
  const uefi = await findUefiFirmware("without Secure Boot");
  const proxies = proxiesIn(process.env);
  return {
    problems: [
      ...(missing === undefined ? [] : [missing.what]),
      ...(await memoryProblems(capacity)),
      ...(await cacheProblems(cacheDirectory, freeDiskBytes)),
    ],
    install: missing?.next ?? null,
    remedies: remediesFor(await findingsOf(tools, uefi, signal)),
    access: { rights: await readRights(), proxies: Object.keys(proxies) },
    tools,
    accelerator,
    firmware: {
      bios: tools.some(({ name, path }) => name === "qemu-system-x86_64" && path !== undefined),
      uefi,
      secureBoot: await findUefiFirmware("with Secure Boot"),
    },
    host: {
      cores: capacity.cores,
      availableMemoryBytes: capacity.availableMemory,
      cacheDirectory,
      freeDiskBytes,
    },
    proxies,
  };
}

async function findingsOf(
  tools: readonly ToolReport[],
  uefi: string | null,
  signal: AbortSignal,
): Promise<HostFindings> {
  return {
    distribution: await readDistribution(),
    tools: tools
      .filter(({ problem }) => problem !== undefined)
      .map(({ name }) => {
        const { debianPackage: debian, fedoraPackage: fedora } = toolTable[name];
        return { name, packages: { debian, fedora } };
      }),
    lacksUefi: uefi === null,
    dpkgInterrupted: await isDpkgInterrupted(),
    kvm: await inspectKvm(signal),
  };
}

async function readRights(): Promise<Rights> {
  if (process.getuid?.() === 0) return "root";
  return (await locate("sudo")) === undefined ? "none" : "sudo";
}

/** The path of the firmware's code, or null where it is not installed. */
async function findUefiFirmware(
  mode: "with Secure Boot" | "without Secure Boot",
): Promise<string | null> {
  const machineType = findRecipe(latestRecipe)?.machineType ?? "q35";
  const secureBoot = mode === "with Secure Boot";
  try {
    const found = await findFirmware({ firmware: "uefi", secureBoot, machineType });
    return found.firmware === "uefi" ? found.codePath : null;
  } catch (thrown) {
    if (asStylusError(thrown).code === "host.firmware-missing") return null;
    throw thrown;
  }
}
