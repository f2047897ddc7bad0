import { setTimeout as delay } from "node:timers/promises";
import type { Qmp } from "../../system/qmp/client";
import type { Console } from "./console";
import { hasChanged, takeScreenshot } from "./screenshots";

export interface StallOptions {
  /** Path prefix: the detector writes `<prefix>-now.ppm`. */
  readonly screenshotPrefix: string;
  /** No serial output, no disk or CD traffic and no change of the screen for this long is a stall. */
  readonly stallSeconds: number;
  /** The limit while nothing was written to the disk yet; set only under KVM. */
  readonly noBootActivitySeconds?: number | undefined;
  readonly onWritten?: ((bytes: number) => void) | undefined;
}

const pollMilliseconds = 2000;

/** Resolves when the guest has been without activity for as long as the run allows. */
export async function detectStall(
  run: StallOptions,
  qmp: Qmp,
  console: Console,
  signal: AbortSignal,
): Promise<{ readonly kind: "stalled" | "no boot activity" }> {
  let lastTraffic = "";
  let lastScreen: Buffer | undefined;
  let since = performance.now();
  for (;;) {
    await delay(pollMilliseconds, undefined, { signal });
    const stats = await qmp.queryBlockStats({ signal });
    const written = sum(stats.map(({ writtenBytes }) => writtenBytes));
    run.onWritten?.(written);
    const traffic = [
      sum(stats.map(({ readBytes }) => readBytes)),
      written,
      console.bytesReceived(),
    ].join();
    if (traffic !== lastTraffic) {
      lastTraffic = traffic;
      lastScreen = undefined;
      since = performance.now();
      continue;
    }
    const hasWrittenNothing = run.noBootActivitySeconds !== undefined && written === 0;
    const limit = hasWrittenNothing ? run.noBootActivitySeconds : run.stallSeconds;
    const quietSeconds = (performance.now() - since) / 1000;
    // A screenshot costs more than the counters, so it is taken only after they have not changed for a while.
    if (quietSeconds < limit / 2) continue;
    const screen = await takeScreenshot(qmp, `${run.screenshotPrefix}-now.ppm`, signal);
    const isAlive = lastScreen !== undefined && hasChanged(lastScreen, screen);
    lastScreen = screen;
    if (isAlive) {
      since = performance.now();
      continue;
    }
    if (quietSeconds >= limit) return { kind: hasWrittenNothing ? "no boot activity" : "stalled" };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
