import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../provider/system/lock/lock";

/** Folder for files that all test processes of one CI run share; unset if mocha was started by hand. */
const ofRun = process.env["STYLUS_TEST_SHARED"];
let ownFolder: Promise<string> | undefined;

/** A folder for files that test processes share. Without CI it belongs to this process. */
export function sharedFolder(): Promise<string> {
  if (ofRun !== undefined) return Promise.resolve(ofRun);
  ownFolder ??= mkdtemp(join(tmpdir(), "stylus-shared-"));
  return ownFolder;
}

/**
 * The folder `name`, filled by the first process that requests it while others wait. It must not be changed
 * afterwards.
 */
export async function madeOnce(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const shared = await sharedFolder();
  const folder = join(shared, name);
  const { signal } = new AbortController();
  await withLock(join(shared, `${name}.lock`), { signal }, async () => {
    if (existsSync(folder)) return;
    const part = `${folder}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part);
    await fill(part);
    await rename(part, folder);
  });
  return folder;
}

/** Removes the folder if this process shares it with no other. */
export async function removeOwnFolder(): Promise<void> {
  if (ownFolder !== undefined) await rm(await ownFolder, { recursive: true, force: true });
  ownFolder = undefined;
}
