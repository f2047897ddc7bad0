import { setTimeout as delay } from "node:timers/promises";
import type { Qmp } from "../../system/qmp/client";
import type { Console } from "./console";
import { lastWordsIn } from "./last-words";
import type { Screen } from "./screen";
import { goingDown, type Wait } from "./signs-of-waiting";
import { silenceJudge, type SilenceLimits, type SilenceOutcome } from "./silence";

export interface StallOptions extends SilenceLimits {
  readonly onWritten?: ((bytes: number) => void) | undefined;
  /** What last words do not end this run: an installed system may print what in an installer is the end. */
  readonly ignoredWaits?: readonly Wait[] | undefined;
}

const pollMilliseconds = 2000;
/** A screenshot costs more than the counters: it is taken seldom while there is traffic. */
const screenSeconds = { busy: 10, quiet: 4 } as const;

/** Resolves when the guest has been silent for as long as the run allows. */
export async function detectStall(
  run: StallOptions,
  {
    qmp,
    console,
    screen,
  }: { readonly qmp: Qmp; readonly console: Console; readonly screen: Screen },
  signal: AbortSignal,
): Promise<SilenceOutcome> {
  const judge = silenceJudge(run);
  const consoleWords = rememberedFor(console.bytesReceived, () => {
    const output = { lines: console.lines(), openLine: console.openLine() };
    return lastWordsIn(output, run.ignoredWaits);
  });
  const screenWords = rememberedFor(screen.lines, () => {
    // On a screen, nothing shows whether a line has ended.
    const output = { lines: screen.lines(), openLine: screen.lines().at(-1) };
    return lastWordsIn(output, run.ignoredWaits);
  });
  let lastTraffic = "";
  let lookedAt = performance.now() / 1000;
  for (;;) {
    await delay(pollMilliseconds, undefined, { signal });
    const stats = await qmp.queryBlockStats({ signal });
    const readBytes = sum(stats.map((drive) => drive.readBytes));
    const writtenBytes = sum(stats.map((drive) => drive.writtenBytes));
    run.onWritten?.(writtenBytes);
    const traffic = `${readBytes},${writtenBytes}`;
    const pause = traffic === lastTraffic ? screenSeconds.quiet : screenSeconds.busy;
    lastTraffic = traffic;
    const at = performance.now() / 1000;
    if (at - lookedAt >= pause) {
      lookedAt = at;
      await screen.look(qmp, signal);
    }
    const outcome = judge({
      at,
      readBytes,
      writtenBytes,
      consoleBytes: console.bytesReceived(),
      consoleNews: console.news(),
      screenNews: screen.news(),
      screenChanges: screen.changes(),
      isGoingDown: console.matches(goingDown) || screen.matches(goingDown),
      consoleWords: consoleWords(),
      screenWords: screenWords(),
    });
    if (outcome !== undefined) return outcome;
  }
}

/** Computes a value again only if what it depends on has changed. */
function rememberedFor<T>(dependency: () => unknown, compute: () => T): () => T {
  let known: { readonly from: unknown; readonly value: T } | undefined;
  return () => {
    const from = dependency();
    if (known === undefined || known.from !== from) known = { from, value: compute() };
    return known.value;
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
