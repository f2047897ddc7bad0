import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sockets } from "../../plan/qemu-arguments";
import { connectQmp, type Qmp } from "../../system/qmp/client";
import { connectSocket } from "../../system/qmp/socket";
import { startChild, type Child } from "../../system/process/child";
import { readConsole, type Console } from "./console";
import {
  outcomeFromAbort,
  outcomeFromConsole,
  outcomeOfDeadQemu,
  outcomeFromEvents,
  type RunOutcome,
} from "./run-outcome";
import type { ScreenRecorder } from "./screenshots";
import { detectStall, type StallOptions } from "./stall-detector";

export interface MachineRun extends StallOptions {
  readonly arguments: readonly string[];
  readonly socketDirectory: string;
  readonly onLine: (line: string) => void;
  readonly redact: (text: string) => string;
  readonly recorder: ScreenRecorder;
  /** Settles when the caller has seen enough; gets the socket directory's other sockets to itself. */
  readonly until?: ((console: Console, signal: AbortSignal) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

export interface MachineResult {
  readonly outcome: RunOutcome;
  readonly console: Console;
  /** A picture of the last screen, unless the guest powered off by itself. */
  readonly screenshot: string | undefined;
}

/** Runs QEMU to whatever end it takes. Leaves no process behind. */
export async function runMachine(run: MachineRun): Promise<MachineResult> {
  const life = new AbortController();
  const child = startChild("qemu-system-x86_64", run.arguments, { signal: life.signal });
  try {
    const ready = await Promise.race([connect(run, life.signal), child.ended]);
    if ("exitCode" in ready) {
      return { outcome: outcomeOfDeadQemu(ready.stderr), console: silence, screenshot: undefined };
    }
    const { qmp, console } = ready;
    const ending = await watch(run, qmp, console, child, life.signal);
    const screenshot = await shutDown(run, qmp, child, console, ending);
    return { outcome: ending, console, screenshot };
  } finally {
    child.kill();
    await child.ended;
    life.abort();
  }
}

/** The machine starts paused (`-S`), so nothing is missed before both sockets are connected. */
async function connect(
  run: MachineRun,
  signal: AbortSignal,
): Promise<{ qmp: Qmp; console: Console }> {
  const serial = await connectSocket(join(run.socketDirectory, sockets.serial), {
    signal,
    seconds: 60,
  });
  const console = readConsole(serial, run);
  const qmp = await connectQmp(join(run.socketDirectory, sockets.qmp), { signal });
  return { qmp, console };
}

async function watch(
  run: MachineRun,
  qmp: Qmp,
  console: Console,
  child: Child,
  life: AbortSignal,
): Promise<RunOutcome> {
  const watching = new AbortController();
  const signal = AbortSignal.any([life, watching.signal]);
  try {
    const events = outcomeFromEvents(qmp, console);
    const abort = outcomeFromAbort(run.signal);
    // A guest that resets or panics takes its last screen with it, unless QEMU stays.
    await qmp.execute("set-action", { shutdown: "pause" }, { signal });
    if (!run.signal.aborted) await qmp.execute("cont", {}, { signal });
    void run.recorder.follow(qmp, signal);
    const death = child.ended.then(async ({ stderr, signal: killedBy }) => {
      // What QEMU said last was read before its socket closed.
      await delay(200);
      return outcomeOfDeadQemu(killedBy === undefined ? stderr : `signal ${killedBy}\n${stderr}`);
    });
    const satisfied = run.until?.(console, signal).then((): RunOutcome => ({ kind: "satisfied" }));
    return await Promise.race([
      events,
      abort,
      death,
      unlessDead(detectStall(run, qmp, console, signal), death, signal),
      outcomeFromConsole(console, signal),
      ...(satisfied === undefined ? [] : [unlessDead(satisfied, death, signal)]),
    ]);
  } finally {
    watching.abort();
  }
}

/** Who asks something of a QEMU that has just died fails in words of their own; how it died counts more. */
async function unlessDead(
  work: Promise<RunOutcome>,
  death: Promise<RunOutcome>,
  signal: AbortSignal,
): Promise<RunOutcome> {
  try {
    return await work;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const ending = await Promise.race([death, delay(5000, undefined)]);
    if (ending === undefined) throw thrown;
    return ending;
  }
}

/** Ends QEMU; a guest that did not power off is pictured first. */
async function shutDown(
  run: MachineRun,
  qmp: Qmp,
  child: Child,
  console: Console,
  ending: RunOutcome,
): Promise<string | undefined> {
  if (ending.kind === "powered off") {
    await run.recorder.last(qmp);
    await qmp.quit({ seconds: 60 });
    await Promise.race([child.ended, delay(60_000)]);
    return undefined;
  }
  if (ending.kind === "stalled") await askForCause(run, console);
  // Who cancels waits.
  if (ending.kind !== "aborted") await run.recorder.last(qmp);
  const picture = await qmp
    .screendump(run.screenshot, { seconds: 5 })
    .catch((): undefined => undefined);
  await qmp.quit({ seconds: 5 });
  return picture;
}

/** Installers have a root shell on the serial console: the journal there says what the screen does not. */
async function askForCause(run: MachineRun, console: Console): Promise<void> {
  console.send("\r");
  await delay(1500);
  console.send("journalctl -b -u kairos-installer -u stylus-operator --no-pager -n 30\r");
  for (let waited = 0, heard = -1; waited < 20 && heard !== console.bytesReceived(); waited += 4) {
    heard = console.bytesReceived();
    await delay(4000, undefined, { signal: run.signal }).catch(() => undefined);
  }
}

const silence: Console = {
  bytesReceived: () => 0,
  tail: () => "",
  firstMatch: () => undefined,
  matches: () => false,
  send: () => undefined,
};
