import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** A target at which an image was given up without a removal, because the target will never be reachable again. */
export interface ForgottenTarget {
  /** The first 12 digits of the install key, as in the resource's ID. */
  readonly image: string;
  /** Identity of the target, with an absolute path. */
  readonly target: string;
}

const schema = z.object({ image: z.string(), target: z.string(), time: z.string() });

/** Remembers in the local cache that an image is given up at a target that cannot be reached. */
export async function forgetTarget(cacheDirectory: string, it: ForgottenTarget): Promise<void> {
  await mkdir(folderOf(cacheDirectory), { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ ...it, time: new Date().toISOString() });
  await writeFile(fileOf(cacheDirectory, it), `${text}\n`, { mode: 0o600 });
}

export async function isForgotten(cacheDirectory: string, it: ForgottenTarget): Promise<boolean> {
  const text = await readFile(fileOf(cacheDirectory, it), "utf8").catch(() => undefined);
  return text !== undefined && isEntry(text);
}

/** Whether the text of a file is an entry. A damaged file gives nothing up. */
function isEntry(text: string): boolean {
  try {
    return schema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** Ends the effect of `forgetTarget`: the resource has left the target. */
export async function endForgetting(cacheDirectory: string, it: ForgottenTarget): Promise<void> {
  await rm(fileOf(cacheDirectory, it), { force: true });
}

const folderOf = (cacheDirectory: string): string => join(cacheDirectory, "forgotten");

function fileOf(cacheDirectory: string, { image, target }: ForgottenTarget): string {
  const name = createHash("sha256").update(target).digest("hex").slice(0, 16);
  return join(folderOf(cacheDirectory), `${image}-${name}.json`);
}
