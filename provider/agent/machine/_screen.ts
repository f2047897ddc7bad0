import { readFile, rm } from "node:fs/promises";
import type { Qmp } from "../../system/qmp/client";

/** As much of QEMU's monitor as a picture needs. */
export type Monitor = Pick<Qmp, "execute">;

/** The screen as a PPM: its pixels can be compared. Empty for a guest without a picture. */
export async function pictureOf(
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
