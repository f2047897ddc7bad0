import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { z } from "zod";
import type { Context } from "../../base/context";
import { describeThrown, StylusError } from "../../base/errors";
import type { Accelerator } from "../../schema/names";
import { readVerdict, saveVerdict, verdictFile } from "./verdict-cache";
import { cpuModels, benchmark } from "./benchmark";
import { judgeDevice, judgeBenchmark, type DeviceState, type Verdict } from "./verdict";
import { throwIfCancelled } from "../../base/cancellation";

export { deleteVerdict, saveVerdict } from "./verdict-cache";

const device = "/dev/kvm";
const systemErrorSchema = z.object({ code: z.string() });

export interface AcceleratorOptions extends Pick<Context, "cacheDirectory" | "signal"> {
  readonly qemuPath: string;
  readonly qemuVersion: string;
}

export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** For `-cpu`. */
  readonly cpuModel: string;
  /** Why: a message for the user. */
  readonly reason: string;
}

/**
 * Chooses KVM or TCG. A device /dev/kvm may exist and run guest code without hardware virtualisation, so a benchmark
 * against TCG decides. `auto` falls back to TCG and says why; `kvm` fails instead.
 */
export async function chooseAccelerator(
  wanted: "auto" | Accelerator,
  options: AcceleratorOptions,
): Promise<AcceleratorChoice> {
  throwIfCancelled(options.signal);
  if (wanted === "tcg") return choice({ accelerator: "tcg", reason: "TCG was requested." });
  const verdict = await findVerdict(options);
  if (wanted === "kvm" && verdict.accelerator !== "kvm") {
    throw kvmUnusable(verdict, options.cacheDirectory);
  }
  return choice(verdict);
}

async function findVerdict(options: AcceleratorOptions): Promise<Verdict> {
  // Checked every time: access or a module may be added without a reboot.
  const obstacle = judgeDevice(await examineDevice());
  if (obstacle !== undefined) return { accelerator: "tcg", reason: obstacle };
  const known = await readVerdict(options);
  if (known !== undefined) return known;
  const verdict = judgeBenchmark(await benchmark(options.qemuPath, options.signal));
  await saveVerdict(verdict, options);
  return verdict;
}

async function examineDevice(): Promise<DeviceState> {
  try {
    const file = await open(device, constants.O_RDWR);
    await file.close();
    return { state: "usable" };
  } catch (error) {
    const code = systemErrorSchema.safeParse(error).data?.code ?? "";
    if (code === "ENOENT") return { state: "absent" };
    if (code !== "EACCES" && code !== "EPERM") {
      return { state: "broken", why: describeThrown(error) };
    }
    const { mode, gid } = await stat(device);
    return { state: "forbidden", groupMay: gid !== 0 && (mode & 0o060) === 0o060 };
  }
}

function choice({ accelerator, reason }: Verdict): AcceleratorChoice {
  return { accelerator, cpuModel: cpuModels[accelerator], reason };
}

function kvmUnusable(verdict: Verdict, cacheDirectory: string): StylusError {
  return new StylusError("host.kvm-unusable", {
    what: "The build host cannot run virtual machines under KVM, which `machine.accelerator` asks for.",
    why: verdict.reason,
    next: `Make KVM usable (the verdict is kept until the next boot; delete ${verdictFile(cacheDirectory)} to test KVM again), or set \`machine.accelerator\` to "auto" or "tcg".`,
  });
}
