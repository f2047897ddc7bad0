import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Bitmap, encodePng, halved, isBlank, readPpm } from "../../base/png";
import { hasChanged, takeScreenshot, withheldMarker, type Monitor } from "./screenshots";

/** Records the screen of one run of a machine in a few screenshots. Its errors never end the run. */
export interface ScreenRecorder {
  /** Takes screenshots until the signal aborts. */
  readonly follow: (qmp: Monitor, signal: AbortSignal) => Promise<void>;
  /** Takes the last screenshot. */
  readonly last: (qmp: Monitor) => Promise<void>;
  /** Removes all screenshots and takes no more: the guest printed a secret, which is usually on the screen too. */
  readonly withhold: () => void;
  /** Resolves when all files are written. */
  readonly done: () => Promise<void>;
}

interface RecorderOptions {
  /** For the screenshots; those of an earlier run are removed. */
  readonly folder: string;
  /** Path of a temporary file: QEMU writes each screenshot there as PPM. */
  readonly scratch: string;
  readonly mostScreenshots: number;
}

const firstPauseMilliseconds = 1500;
const lastScreenshotMilliseconds = 3000;
/** A text console needs far less; a larger PNG is scaled down. */
const largestPng = 60_000;
const smallestWidth = 400;

/**
 * Keeps a screenshot only if the screen changed. When there are more than `mostScreenshots`, it removes every second one
 * and doubles the pause, so that a long run does not have more of them than a short one.
 */
export function screenRecorder({
  folder,
  scratch,
  mostScreenshots,
}: RecorderOptions): ScreenRecorder {
  const started = performance.now();
  let kept: string[] = [];
  let lastKept: Buffer = Buffer.alloc(0);
  let pause = firstPauseMilliseconds;
  let isWithheld = false;
  // One task after the other; a failed one costs a screenshot.
  let queue: Promise<void> = rm(folder, { recursive: true, force: true })
    .then(() => mkdir(folder, { recursive: true, mode: 0o700 }))
    .then(ignore, ignore);
  const enqueue = (task: () => Promise<void>): Promise<void> =>
    (queue = queue.then(task).catch(ignore));

  const take = async (qmp: Monitor, signal: AbortSignal): Promise<void> => {
    if (isWithheld || signal.aborted) return;
    const at = performance.now() - started;
    const screen = await takeScreenshot(qmp, scratch, signal);
    const bitmap = readPpm(screen);
    if (bitmap === undefined || isBlank(bitmap) || !hasChanged(lastKept, screen)) return;
    lastKept = screen;
    const name = `${String(Math.round(at)).padStart(9, "0")}.png`;
    const partial = join(folder, `.${name}.partial`);
    await writeFile(partial, smallPng(bitmap), { mode: 0o600 });
    await rename(partial, join(folder, name));
    kept.push(name);
    if (kept.length > mostScreenshots) await removeEverySecond();
  };

  const removeEverySecond = async (): Promise<void> => {
    for (const name of kept.filter((_, index) => index % 2 === 1)) {
      await rm(join(folder, name), { force: true });
    }
    kept = kept.filter((_, index) => index % 2 === 0);
    pause *= 2;
  };

  return {
    follow: async (qmp, signal) => {
      while (!signal.aborted) {
        await delay(pause, undefined, { signal }).catch(ignore);
        await enqueue(() => take(qmp, signal));
      }
    },
    last: (qmp) => enqueue(() => take(qmp, AbortSignal.timeout(lastScreenshotMilliseconds))),
    withhold: () => {
      if (isWithheld) return;
      isWithheld = true;
      void enqueue(async () => {
        // The marker first: a report must not show what could not be removed.
        await writeFile(join(folder, withheldMarker), "", { mode: 0o600 });
        const names = await readdir(folder);
        for (const name of names.filter((it) => it !== withheldMarker)) {
          await rm(join(folder, name), { force: true });
        }
      });
    },
    done: () => queue,
  };
}

function smallPng(bitmap: Bitmap): Buffer {
  const png = encodePng(bitmap);
  if (png.length <= largestPng || bitmap.width / 2 < smallestWidth) return png;
  return smallPng(halved(bitmap));
}

function ignore(): void {
  // Errors of the recording never end the run.
}
