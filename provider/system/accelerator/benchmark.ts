import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Accelerator } from "../../schema/names";
import { bootSector, loopBegins, loopEnds, successExitCode } from "./boot-sector";
import { isWorthRepeating, type BenchmarkRun, type Round } from "./verdict";
import { howItEnded } from "../process/run";
import { throwIfCancelled } from "../../base/cancellation";
import { startChild } from "../process/child";

/** `max` would make guests very slow under TCG (soft lockups in `rep stosb`). */
export const cpuModels: Readonly<Record<Accelerator, string>> = { kvm: "host", tcg: "Nehalem" };
/** For `-accel`. */
const acceleratorArguments: Readonly<Record<Accelerator, string>> = {
  kvm: "kvm",
  tcg: "tcg,thread=multi",
};

/** Real KVM needs a tenth of that, including SeaBIOS and QEMU's start; an emulated one hundreds of times as much. */
const limitSeconds: Readonly<Record<Accelerator, number>> = { kvm: 2, tcg: 30 };
/** One busy moment must not decide for TCG until the next boot. */
const rounds = 2;

/** Runs the boot sector under KVM and then under TCG: at the same time they would share cores. */
export async function benchmark(qemuPath: string, signal: AbortSignal): Promise<readonly Round[]> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-race-"));
  try {
    await writeFile(join(folder, "sector"), bootSector());
    const run: Round[] = [];
    for (let number = 0; number < rounds; number++) {
      const kvm = await runOnce("kvm", { qemuPath, folder, signal });
      const tcg =
        kvm.outcome === "finished" ? await runOnce("tcg", { qemuPath, folder, signal }) : undefined;
      run.push({ kvm, tcg });
      if (!isWorthRepeating({ kvm, tcg })) break;
    }
    return run;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface BenchmarkOptions {
  readonly qemuPath: string;
  /** Contains the sector. It is the working directory, because a QEMU that aborts may leave a core file. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Runs the sector once. The guest's output times its loop, without the start of QEMU. */
export async function runOnce(
  accelerator: Accelerator,
  options: BenchmarkOptions,
): Promise<BenchmarkRun> {
  const { qemuPath, folder, signal } = options;
  const started = performance.now();
  const printed = new Map<string, number>();
  const onStdout = (chunk: Buffer) => {
    for (const letter of chunk.toString("latin1")) printed.set(letter, performance.now());
  };
  const child = startChild(qemuPath, qemuArguments(accelerator), { signal, cwd: folder, onStdout });
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    child.kill();
  }, limitSeconds[accelerator] * 1000);
  const end = await child.ended;
  clearTimeout(timer);
  throwIfCancelled(signal);
  const [begun, ended] = [printed.get(loopBegins), printed.get(loopEnds)];
  if (end.exitCode === successExitCode && begun !== undefined && ended !== undefined) {
    const totalSeconds = (performance.now() - started) / 1000;
    return { outcome: "finished", loopSeconds: (ended - begun) / 1000, totalSeconds };
  }
  if (late.signal.aborted) {
    return { outcome: "timed-out", limitSeconds: limitSeconds[accelerator], stderr: end.stderr };
  }
  return { outcome: "died", how: howItEnded(end), stderr: end.stderr };
}

function qemuArguments(accelerator: Accelerator): readonly string[] {
  return [
    ...["-machine", "pc", "-accel", acceleratorArguments[accelerator]],
    ...["-cpu", cpuModels[accelerator], "-m", "32"],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-drive", "file=sector,format=raw,if=ide"],
    ...["-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
    ...["-chardev", "stdio,id=said,signal=off"],
    ...["-device", "isa-debugcon,iobase=0xe9,chardev=said"],
  ];
}
