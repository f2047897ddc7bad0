import { setTimeout as delay } from "node:timers/promises";
import type { Qmp } from "../../system/qmp/client";
import type { Console } from "./console";
import { hasChanged, takeScreenshot } from "./screenshots";

export interface StallOptions {
  /** Path of the screenshot, without its extension; the detector's own picture lies beside it. */
  readonly screenshot: string;
  /** No serial output, no disk or CD traffic and no change of the screen for this long is a stall. */
  readonly stallSeconds: number;
  /** The limit before anything was ever written; set only for a guest under KVM. */
  readonly noBootActivitySeconds?: number | undefined;
  readonly onWritten?: ((bytes: number) => void) | undefined;
}

const pollMilliseconds = 2000;

/** Waits until the guest has shown no sign of life for as long as the run allows. */
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
    // The screen costs more than the counters: it is looked at when they have stood still for long.
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
