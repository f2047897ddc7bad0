import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sockets } from "../../plan/qemu-arguments";
import { startChild, type Child } from "../../system/process/child";
import { connectQmp, type Qmp } from "../../system/qmp/client";
import { connectSocket } from "../../system/qmp/socket";
import { quotedTail, readConsole, silentConsole, type Console } from "./console";
import {
  outcomeFromAbort,
  outcomeFromConsole,
  outcomeFromEvents,
  outcomeOfDeadQemu,
  type RunOutcome,
} from "./run-outcome";
import { watchScreen, type Screen } from "./screen";
import type { ScreenRecorder } from "./screen-recorder";
import { detectStall, type StallOptions } from "./stall-detector";

export interface MachineRun extends StallOptions {
  readonly arguments: readonly string[];
  readonly socketDirectory: string;
  readonly onLine: (line: string) => void;
  readonly redact: (text: string) => string;
  readonly recorder: ScreenRecorder;
  /** Path prefix: the last screen is written to `<prefix>.png`, and its text to `<prefix>.txt`. */
  readonly screenshotPrefix: string;
  /** Resolves when the caller needs the machine no longer. It may connect to the other sockets of the directory. */
  readonly until?:
    ((console: Console, signal: AbortSignal, screen: Screen) => Promise<void>) | undefined;
  /** Asks a stalled guest for more output before it is ended. */
  readonly askStalled?: ((console: Console, signal: AbortSignal) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

export interface MachineResult {
  readonly outcome: RunOutcome;
  readonly console: Console;
  /** Path of a screenshot of the last screen, unless the guest powered off by itself. */
  readonly screenshot: string | undefined;
  /** The last lines of the screen that could be read for certain; secrets are masked. */
  readonly screenTail: string;
}

const lastLookMilliseconds = 3000;

/** A machine whose sockets are connected. */
interface RunningMachine {
  readonly qmp: Qmp;
  readonly console: Console;
  readonly screen: Screen;
  readonly child: Child;
}

/** Runs QEMU until the run has an outcome. No process is left afterwards. */
export async function runMachine(run: MachineRun): Promise<MachineResult> {
  const life = new AbortController();
  const child = startChild("qemu-system-x86_64", run.arguments, { signal: life.signal });
  try {
    const connected = await Promise.race([connect(run, life.signal), child.ended]);
    if ("exitCode" in connected) {
      const outcome = outcomeOfDeadQemu(connected.stderr);
      return { outcome, console: silentConsole, screenshot: undefined, screenTail: "" };
    }
    const machine: RunningMachine = { ...connected, child };
    const outcome = withoutSecrets(await watch(run, machine, life.signal), run, machine.screen);
    const screenshot = await shutDown(run, machine, outcome);
    const screenTail = quotedTail(machine.screen.certainLines().map(run.redact));
    // Only the report needs it. On a full disk the outcome says so, and this must not hide it.
    await writeFile(`${run.screenshotPrefix}.txt`, screenTail, { mode: 0o600 }).catch(
      () => undefined,
    );
    return { outcome, console: machine.console, screenshot, screenTail };
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
): Promise<Omit<RunningMachine, "child">> {
  const serialPath = join(run.socketDirectory, sockets.serial);
  const serial = await connectSocket(serialPath, { signal, seconds: 60 });
  const console = readConsole(serial, run);
  const qmp = await connectQmp(join(run.socketDirectory, sockets.qmp), { signal });
  const screen = await watchScreen(join(run.socketDirectory, "screen-now.ppm"));
  return { qmp, console, screen };
}

/** The last words may contain a value of the user-data. It is not recognised if a character of it was misread. */
function withoutSecrets(
  outcome: RunOutcome,
  { redact }: Pick<MachineRun, "redact">,
  screen: Screen,
): RunOutcome {
  if (outcome.kind !== "waiting") return outcome;
  const { words, shownOn } = outcome;
  const isCertain =
    shownOn === "console" || screen.certainLines().some((line) => line.includes(words.line));
  return { ...outcome, words: { ...words, line: isCertain ? redact(words.line) : "" } };
}

/** Starts the guest and waits for the first outcome. */
async function watch(
  run: MachineRun,
  { qmp, console, screen, child }: RunningMachine,
  life: AbortSignal,
): Promise<RunOutcome> {
  const watching = new AbortController();
  const signal = AbortSignal.any([life, watching.signal]);
  try {
    const event = outcomeFromEvents(qmp, console);
    const abort = outcomeFromAbort(run.signal);
    // QEMU must stay after a reset or a panic, or the last screen is lost.
    await qmp.execute("set-action", { shutdown: "pause" }, { signal });
    if (!run.signal.aborted) await qmp.execute("cont", {}, { signal });
    void run.recorder.follow(qmp, signal);
    const death = child.ended.then(async ({ stderr, signal: killedBy }) => {
      // Events that QEMU sent before it died are read first: they say more.
      await delay(200);
      return outcomeOfDeadQemu(killedBy === undefined ? stderr : `signal ${killedBy}\n${stderr}`);
    });
    const satisfied = run
      .until?.(console, signal, screen)
      .then((): RunOutcome => ({ kind: "satisfied" }));
    return await Promise.race([
      event,
      abort,
      death,
      unlessDead(detectStall(run, { qmp, console, screen }, signal), death, signal),
      outcomeFromConsole(console, signal),
      ...(satisfied === undefined ? [] : [unlessDead(satisfied, death, signal)]),
    ]);
  } finally {
    watching.abort();
  }
}

/** The outcome of `work`; if it fails because QEMU died meanwhile, that is the outcome instead of the error. */
async function unlessDead(
  work: Promise<RunOutcome>,
  death: Promise<RunOutcome>,
  signal: AbortSignal,
): Promise<RunOutcome> {
  try {
    return await work;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const outcome = await Promise.race([death, delay(5000, undefined)]);
    if (outcome === undefined) throw thrown;
    return outcome;
  }
}

/** Ends QEMU. Takes a screenshot first, unless the guest powered off. */
async function shutDown(
  run: MachineRun,
  { qmp, console, screen, child }: RunningMachine,
  { kind }: RunOutcome,
): Promise<string | undefined> {
  if (kind === "powered off") {
    await run.recorder.last(qmp);
    await qmp.quit({ seconds: 60 });
    await Promise.race([child.ended, delay(60_000)]);
    return undefined;
  }
  if (kind === "stalled") await run.askStalled?.(console, run.signal);
  // Skip the recording's last screenshot after a cancel: the user is waiting.
  if (kind !== "aborted") {
    await run.recorder.last(qmp);
    await screen.look(qmp, AbortSignal.timeout(lastLookMilliseconds));
  }
  const screenshot = await qmp
    .screendump(run.screenshotPrefix, { seconds: 5 })
    .catch((): undefined => undefined);
  await qmp.quit({ seconds: 5 });
  return screenshot;
}
