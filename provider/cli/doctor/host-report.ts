import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { asStylusError } from "../../base/errors";
import { GiB, formatSize } from "../../base/size";
import { findRecipe, latestRecipe } from "../../plan/recipe";
import type { Accelerator } from "../../schema/names";
import { chooseAccelerator } from "../../system/accelerator/choose";
import { inspectKvm } from "../../system/accelerator/kvm-device";
import { freeDiskSpace, readHostCapacity, sizeFor } from "../../system/host/capacity";
import { isDpkgInterrupted } from "../../system/host/debian-packages";
import { readDistribution } from "../../system/host/distribution";
import { findFirmware } from "../../system/host/firmware";
import { redactUrl } from "../../system/http/url";
import { type ToolName, toolTable } from "../../system/process/tool-table";
import { findTools, locate } from "../../system/process/tools";
import { defaultCacheDirectory } from "../../system/workspace";
import { type HostFaults, type Packages, type Remedy, type Rights, remediesFor } from "./remedies";

const proxyNames = ["http_proxy", "https_proxy", "no_proxy"];

/** Either case, as curl reads them; only hosts and ports, for a proxy's URL often holds a password. */
export function proxiesIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    proxyNames
      .flatMap((name) => [name, name.toUpperCase()])
      .flatMap((name) => {
        const value = environment[name];
        if (value === undefined || value === "") return [];
        return [[name, /^no_proxy$/i.test(name) ? value : redactUrl(value)]];
      }),
  );
}

/** An installer, a base disk and a converted artifact hardly fit into less. */
const leastFreeBytes = 4 * GiB;

export interface ToolReport {
  readonly name: ToolName;
  readonly path?: string;
  readonly version?: string;
  readonly problem?: string;
}

export interface HostReport {
  /** Why no build could work here; empty where one can. */
  readonly problems: readonly string[];
  /** One command that installs what is missing; then the first problem is that it is. */
  readonly install: string | null;
  readonly remedies: readonly Remedy[];
  /** Who would run the remedies' commands. */
  readonly who: Pick<HostFaults, "rights" | "proxies">;
  readonly tools: readonly ToolReport[];
  readonly accelerator: { readonly accelerator: Accelerator; readonly reason: string } | null;
  /** Paths of the UEFI firmware's code. */
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
  const names = Object.keys(toolTable).filter(isToolName);
  const tools = await Promise.all(names.map((name) => examineTool(name, signal)));
  const missing = await faultOf(() => findTools(names, signal));
  const accelerator = await examineAccelerator(tools, cacheDirectory, signal);
  const capacity = await readHostCapacity();
  const freeDiskBytes = await freeDiskSpace(cacheDirectory);
  const uefi = await uefiCode("without Secure Boot");
  const proxies = proxiesIn(process.env);
  const who = { rights: await readRights(), proxies: Object.keys(proxies) };
  return {
    problems: [
      ...(missing === undefined ? [] : [missing.what]),
      ...(await memoryProblems(capacity)),
      ...(freeDiskBytes >= leastFreeBytes
        ? []
        : [`Only ${formatSize(freeDiskBytes)} are free for the cache ${cacheDirectory}.`]),
      ...((await mayWrite(cacheDirectory))
        ? []
        : [`This user may not write into the cache ${cacheDirectory}; set XDG_CACHE_HOME.`]),
    ],
    install: missing?.next ?? null,
    remedies: remediesFor({
      distribution: await readDistribution(),
      ...who,
      tools: tools
        .filter(({ problem }) => problem !== undefined)
        .map(({ name }) => ({ name, packages: packagesOf(name) })),
      lacksUefi: uefi === null,
      dpkgInterrupted: await isDpkgInterrupted(),
      kvm: await inspectKvm(signal),
    }),
    who,
    tools,
    accelerator,
    firmware: {
      bios: tools.some(({ name, path }) => name === "qemu-system-x86_64" && path !== undefined),
      uefi,
      secureBoot: await uefiCode("with Secure Boot"),
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

async function readRights(): Promise<Rights> {
  if (process.getuid?.() === 0) return "root";
  return (await locate("sudo")) === undefined ? "none" : "sudo";
}

function packagesOf(name: ToolName): Packages {
  const { debianPackage: debian, fedoraPackage: fedora } = toolTable[name];
  return { debian, fedora };
}

function isToolName(name: string): name is ToolName {
  return Object.hasOwn(toolTable, name);
}

async function examineTool(name: ToolName, signal: AbortSignal): Promise<ToolReport> {
  try {
    return { name, ...(await findTools([name], signal))[name] };
  } catch (thrown) {
    const { problems = [], what } = asStylusError(thrown).details;
    return { name, problem: problems[0]?.reason ?? what };
  }
}

async function examineAccelerator(
  tools: readonly ToolReport[],
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<HostReport["accelerator"]> {
  const qemu = tools.find(({ name }) => name === "qemu-system-x86_64");
  if (qemu?.path === undefined || qemu.version === undefined) return null;
  const { path: qemuPath, version: qemuVersion } = qemu;
  const options = { qemuPath, qemuVersion, cacheDirectory, signal };
  const { accelerator, reason } = await chooseAccelerator("auto", options);
  return { accelerator, reason };
}

async function uefiCode(how: "with Secure Boot" | "without Secure Boot"): Promise<string | null> {
  const machineType = findRecipe(latestRecipe)?.machineType ?? "q35";
  const secureBoot = how === "with Secure Boot";
  try {
    const found = await findFirmware({ firmware: "uefi", secureBoot, machineType });
    return found.firmware === "uefi" ? found.codePath : null;
  } catch (thrown) {
    if (asStylusError(thrown).code === "host.firmware-missing") return null;
    throw thrown;
  }
}

async function memoryProblems(
  capacity: Awaited<ReturnType<typeof readHostCapacity>>,
): Promise<string[]> {
  const fault = await faultOf(() => sizeFor({}, capacity));
  return fault === undefined ? [] : [fault.what];
}

async function faultOf(
  work: () => unknown,
): Promise<{ readonly what: string; readonly next: string } | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    return asStylusError(thrown).details;
  }
}

/** The folder itself may be yet to come: then the nearest one above it counts. */
async function mayWrite(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      await access(path, constants.F_OK);
    } catch {
      if (path !== "/") continue;
    }
    return access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
  }
}
