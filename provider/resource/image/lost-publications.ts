import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Publication } from "../../schema/state";

/**
 * Remembers in the cache which publications a refresh on this machine found lost. The engine does not pass outputs to
 * `check`, so without this a preview would show URLs that `up` may not be able to keep.
 */
export async function rememberLost(
  cacheDirectory: string,
  all: readonly Publication[],
  lost: readonly Publication[],
): Promise<void> {
  const isRemembered = await readLost(cacheDirectory);
  for (const publication of all) {
    if (lost.includes(publication)) await remember(cacheDirectory, publication);
    else if (isRemembered(publication)) await forget(cacheDirectory, publication);
  }
}

/** Returns a predicate for publications that are remembered as lost. */
export async function readLost(
  cacheDirectory: string,
): Promise<(publication: Publication) => boolean> {
  const names = new Set(await readdir(folderOf(cacheDirectory)).catch(() => []));
  return (publication) => names.size > 0 && names.has(nameOf(publication));
}

async function remember(cacheDirectory: string, publication: Publication): Promise<void> {
  await mkdir(folderOf(cacheDirectory), { recursive: true, mode: 0o700 });
  const file = join(folderOf(cacheDirectory), nameOf(publication));
  await writeFile(file, `${publication.uri}\n`, { mode: 0o600 });
}

async function forget(cacheDirectory: string, publication: Publication): Promise<void> {
  await rm(join(folderOf(cacheDirectory), nameOf(publication)), { force: true });
}

const folderOf = (cacheDirectory: string): string => join(cacheDirectory, "lost");

function nameOf({ uri }: Publication): string {
  return createHash("sha256").update(uri).digest("hex").slice(0, 32);
}
