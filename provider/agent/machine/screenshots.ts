import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ScreenshotSeries } from "../../report/report";
import type { Qmp } from "../../system/qmp/client";

/** The part of QEMU's monitor that screenshots need. */
export type Monitor = Pick<Qmp, "execute">;

/** A file in a folder of screenshots: they were removed because they may show a secret. */
export const withheldMarker = "withheld";

/** A screenshot as a PPM, whose pixels can be compared. Empty if the guest has no screen. */
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

/** A blinking cursor: 8 x 16 pixels of three bytes. */
const cursorBytes = 8 * 16 * 3;

/** Whether two screens differ by more than a cursor. */
export function hasChanged(before: Buffer, after: Buffer): boolean {
  if (before.length !== after.length) return true;
  let different = 0;
  for (let at = 0; at < after.length; at++) {
    if (before[at] !== after[at] && ++different > cursorBytes) return true;
  }
  return false;
}

/** The screenshots that a recorder left in a folder; undefined if there are none. */
export async function readScreenshots(
  folder: string,
  title: string,
): Promise<ScreenshotSeries | undefined> {
  const names = (await readdir(folder).catch(() => [])).sort();
  if (names.includes(withheldMarker)) {
    const withheld =
      "The screenshots are left out: the guest printed a secret on its serial console, and the same text on the screen cannot be masked.";
    return { title, withheld, screenshots: [] };
  }
  const screenshots = [];
  for (const name of names.filter((it) => it.endsWith(".png"))) {
    const png = await readFile(join(folder, name));
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    screenshots.push({ at: Number.parseInt(name, 10) / 1000, width, height, png });
  }
  return screenshots.length === 0 ? undefined : { title, screenshots };
}
