import { setTimeout as delay } from "node:timers/promises";
import type { Qmp } from "../../system/qmp/client";
import type { Console } from "./console";
import { hasChanged, takeScreenshot } from "./screenshots";

export interface StallOptions {
  /** Path of the run's screenshot without its extension; the detector writes its own file beside it. */
  readonly screenshot: string;
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
    const hasNotBooted = run.noBootActivitySeconds !== undefined && written === 0;
    const limit = hasNotBooted ? run.noBootActivitySeconds : run.stallSeconds;
    const quietSeconds = (performance.now() - since) / 1000;
    // A screenshot costs more than the counters, so it is taken only after they have not changed for a while.
    if (quietSeconds < limit / 2) continue;
    const screen = await takeScreenshot(qmp, `${run.screenshot}-now.ppm`, signal);
    if (lastScreen !== undefined && hasChanged(lastScreen, screen)) since = performance.now();
    lastScreen = screen;
    if (quietSeconds >= limit) return { kind: hasNotBooted ? "no boot activity" : "stalled" };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
