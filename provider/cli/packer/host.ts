import type { Context } from "../../base/context";
import type { HostFacts } from "../../plan/qemu-arguments";
import type { Plan } from "../../plan/plan";
import type { Recipe } from "../../plan/recipe";
import { chooseAccelerator } from "../../system/accelerator/choose";
import { cpuModels } from "../../system/accelerator/benchmark";
import { findFirmware } from "../../system/host/firmware";
import { machineFor } from "../../system/host/capacity";
import { findTools } from "../../system/process/tools";
import { defaultCacheDirectory } from "../../system/workspace";

/** The facts of this host, which become the defaults of the template's variables. */
export async function exportHost(
  machine: Plan["machine"],
  recipe: Recipe,
  { warn, signal }: Pick<Context, "warn" | "signal">,
): Promise<Omit<HostFacts, "socketDirectory">> {
  const firmware = await findFirmware({ ...machine, machineType: recipe.machineType });
  const { cpus, memoryBytes, reduced } = await machineFor(machine);
  if (reduced !== undefined) warn(reduced);
  const accelerator = await acceleratorOf(machine.accelerator, signal);
  return {
    accelerator,
    cpuModel: cpuModels[accelerator],
    cpus,
    memoryBytes,
    ...(firmware.firmware === "uefi" && {
      uefi: { code: firmware.codePath, variables: firmware.variablesTemplate },
    }),
  };
}

/** Only `auto` is tested on this host; an explicit accelerator may be meant for another host. */
async function acceleratorOf(wanted: Plan["machine"]["accelerator"], signal: AbortSignal) {
  if (wanted !== "auto") return wanted;
  const { "qemu-system-x86_64": qemu } = await findTools(["qemu-system-x86_64"], signal);
  const options = {
    qemuPath: qemu.path,
    qemuVersion: qemu.version,
    cacheDirectory: defaultCacheDirectory(),
    signal,
  };
  return (await chooseAccelerator("auto", options)).accelerator;
}
