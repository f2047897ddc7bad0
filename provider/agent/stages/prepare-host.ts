import { basename } from "node:path";
import type { Accelerator } from "../../schema/names";
import { chooseAccelerator, saveVerdict } from "../../system/accelerator/choose";
import { copyVariables, findFirmware } from "../../system/host/firmware";
import { machineFor } from "../../system/host/capacity";
import { maximumCpus, oneCpuReason } from "../../system/host/smm";
import { findTools } from "../../system/process/tools";
import { log, warn, type Build } from "../context";

interface Processor {
  readonly accelerator: Accelerator;
  readonly cpuModel: string;
  readonly cpus: number;
}

/** Resources that the build host provides for this build's machine. */
export interface PreparedHost extends Processor {
  readonly memoryBytes: number;
  /** Stops the use of KVM until the next boot of the host, after a guest without boot activity. */
  readonly fallBackToTcg: () => Promise<Processor>;
  /** Firmware with new variables for one run; undefined for BIOS. */
  readonly newFirmware: (
    variables: string,
  ) => Promise<{ readonly code: string; readonly variables: string } | undefined>;
}

/** Finds everything that an install and its verification need; reports what is missing before anything runs. */
export async function prepareHost(build: Build): Promise<PreparedHost> {
  const { machine } = build.plan;
  const { signal } = build;
  const tools = await findTools(
    [
      "qemu-system-x86_64",
      "qemu-img",
      "qemu-io",
      "xorriso",
      "sfdisk",
      "blkid",
      "debugfs",
      "dumpe2fs",
      "e2fsck",
      "mdir",
    ],
    signal,
  );
  const qemu = tools["qemu-system-x86_64"];
  const accelerators = {
    qemuPath: qemu.path,
    qemuVersion: qemu.version,
    cacheDirectory: build.workspace.root,
    signal,
  };
  const [choice, firmware, size] = await Promise.all([
    chooseAccelerator(machine.accelerator, accelerators),
    findFirmware({ ...machine, machineType: build.recipe.machineType }),
    machineFor(machine),
  ]);
  log(build, `${basename(qemu.path)} ${qemu.version}, ${choice.accelerator}: ${choice.reason}`);
  if (size.reduced !== undefined) warn(build, size.reduced);
  const { memoryBytes } = size;
  const needsSmm = firmware.firmware === "uefi" && firmware.needsSmm;
  const cpusUnder = (accelerator: Accelerator): number => {
    const maximum = maximumCpus({ accelerator, needsSmm, qemuVersion: qemu.version });
    if (size.cpus <= maximum) return size.cpus;
    warn(build, oneCpuReason(qemu.version));
    return maximum;
  };
  const cpus = cpusUnder(choice.accelerator);
  const versions = Object.fromEntries(
    Object.entries(tools).map(([name, { version }]): [string, string] => [name, version]),
  );
  const processor = { ...choice, cpus, memoryBytes, tools: versions };
  build.journal.addNotes({ host: processor });
  return {
    accelerator: choice.accelerator,
    cpuModel: choice.cpuModel,
    cpus,
    memoryBytes,
    fallBackToTcg: async () => {
      const reason = "A guest showed no boot activity under KVM.";
      await saveVerdict({ accelerator: "tcg", reason }, accelerators);
      const tcg = await chooseAccelerator("tcg", accelerators);
      const slower = { ...tcg, cpus: cpusUnder("tcg") };
      build.journal.addNotes({ host: { ...processor, ...slower, reason } });
      return slower;
    },
    newFirmware: async (variables) => {
      if (firmware.firmware === "bios") return undefined;
      await copyVariables(firmware, variables);
      return { code: firmware.codePath, variables };
    },
  };
}
