import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Bitmap, encodePng, halved, isBlank, readPpm } from "../../base/png";
import type { ScreenshotSeries } from "../../report/report";
import type { Qmp } from "../../system/qmp/client";

/** As much of QEMU's monitor as a picture needs. */
type Monitor = Pick<Qmp, "execute">;

/** The screen as a PPM: its pixels can be compared. Empty for a guest without a picture. */
export async function takeScreenshot(
  qmp: Monitor,
  filename: string,
  signal: AbortSignal,
): Promise<Buffer> {
  try {
    await qmp.execute("screendump", { filename }, { signal });
    return await readFile(filename);
  } catch {
    return Buffer.alloc(0);
  } finally {
    await rm(filename, { force: true });
  }
}

/** More than a blinking cursor (8 x 16 pixels of three bytes) makes a change. */
const cursorBytes = 8 * 16 * 3;

export function hasChanged(before: Buffer, after: Buffer): boolean {
  if (before.length !== after.length) return true;
  let different = 0;
  for (let at = 0; at < after.length; at++) {
    if (before[at] !== after[at] && ++different > cursorBytes) return true;
  }
  return false;
}

/** The screen of one run of a machine, in a few pictures. Whatever goes wrong with them, the run goes on. */
export interface ScreenRecorder {
  /** Takes pictures until the signal aborts. */
  readonly follow: (qmp: Monitor, signal: AbortSignal) => Promise<void>;
  /** The picture that the machine ended with. */
  readonly last: (qmp: Monitor) => Promise<void>;
  /** The guest said a secret: what it says on the serial console usually stands on the screen too. */
  readonly withhold: () => void;
  /** Settles when no more file is written. */
  readonly done: () => Promise<void>;
}

interface RecorderOptions {
  /** Where the pictures go; what lies there is of an earlier run and goes. */
  readonly folder: string;
  /** For a moment's picture, in a folder that goes with the run. */
  readonly scratch: string;
  readonly mostPictures: number;
}

const firstPauseMilliseconds = 1500;
const lastPictureMilliseconds = 3000;
/** A text console is far below that; what is above is made smaller. */
const largestPng = 60_000;
const smallestWidth = 400;
const withheldMark = "withheld";

/**
 * A picture is kept only where the screen changed. However long the machine runs, there are not many: when there are
 * too many, every second one goes, and from then on the pauses are twice as long.
 */
export function screenRecorder({ folder, scratch, mostPictures }: RecorderOptions): ScreenRecorder {
  const started = performance.now();
  let kept: string[] = [];
  let before: Buffer = Buffer.alloc(0);
  let pause = firstPauseMilliseconds;
  let isWithheld = false;
  // One after the other; a picture that fails is one less.
  let work: Promise<void> = rm(folder, { recursive: true, force: true })
    .then(() => mkdir(folder, { recursive: true, mode: 0o700 }))
    .then(nothing, nothing);
  const then = (next: () => Promise<void>): Promise<void> =>
    (work = work.then(next).catch(nothing));

  const take = async (qmp: Monitor, signal: AbortSignal): Promise<void> => {
    if (isWithheld || signal.aborted) return;
    const at = performance.now() - started;
    const now = await takeScreenshot(qmp, scratch, signal);
    const bitmap = readPpm(now);
    if (bitmap === undefined || isBlank(bitmap) || !hasChanged(before, now)) return;
    before = now;
    const name = `${String(Math.round(at)).padStart(9, "0")}.png`;
    const partial = join(folder, `.${name}.partial`);
    await writeFile(partial, smallPng(bitmap), { mode: 0o600 });
    await rename(partial, join(folder, name));
    kept.push(name);
    if (kept.length <= mostPictures) return;
    const thinned = kept.filter((_, index) => index % 2 === 0);
    for (const other of kept) {
      if (!thinned.includes(other)) await rm(join(folder, other), { force: true });
    }
    kept = thinned;
    pause *= 2;
  };

  return {
    follow: async (qmp, signal) => {
      while (!signal.aborted) {
        await delay(pause, undefined, { signal }).catch(nothing);
        await then(() => take(qmp, signal));
      }
    },
    last: (qmp) => then(() => take(qmp, AbortSignal.timeout(lastPictureMilliseconds))),
    withhold: () => {
      if (isWithheld) return;
      isWithheld = true;
      void then(async () => {
        for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
        await writeFile(join(folder, withheldMark), "", { mode: 0o600 });
      });
    },
    done: () => work,
  };
}

/** The pictures that a camera left in a folder; undefined where there are none, and nothing to be said of them. */
export async function readScreenshots(
  folder: string,
  title: string,
): Promise<ScreenshotSeries | undefined> {
  const names = (await readdir(folder).catch(() => [])).sort();
  if (names.includes(withheldMark)) {
    const withheld =
      "The pictures are left out: the guest said a secret on its serial console, and what it shows on the screen cannot be masked.";
    return { title, withheld, screenshots: [] };
  }
  const pictures = [];
  for (const name of names.filter((it) => it.endsWith(".png"))) {
    const png = await readFile(join(folder, name));
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    pictures.push({ at: Number.parseInt(name, 10) / 1000, width, height, png });
  }
  return pictures.length === 0 ? undefined : { title, screenshots: pictures };
}

function smallPng(bitmap: Bitmap): Buffer {
  const png = encodePng(bitmap);
  if (png.length <= largestPng || bitmap.width / 2 < smallestWidth) return png;
  return smallPng(halved(bitmap));
}

function nothing(): void {
  // A picture less.
}
