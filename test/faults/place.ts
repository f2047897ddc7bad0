import { execa } from "execa";
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { standInInstaller } from "../servers/stand-in";

/** The user and group `nobody` and `nogroup`. */
export const ordinaryUser = 65534;

/** Folders of one test, so that everything that a build leaves behind can be found. */
export interface Place {
  readonly folder: string;
  readonly cache: string;
  /** The cache of the process that starts the agent. */
  readonly ownCache: string;
  /** Folder that images are published to. */
  readonly images: string;
  /** The agent's TMPDIR. */
  readonly temporary: string;
}

/** Makes a place with a copy of the stand-in installer, `installer.iso`, which ordinary users can read. */
export async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "faults-"));
  const place = {
    folder,
    cache: join(folder, "cache"),
    ownCache: join(folder, "own-cache"),
    images: join(folder, "images"),
    temporary: join(folder, "tmp"),
  };
  await mkdir(place.temporary);
  await copyFile(await standInInstaller(), join(folder, "installer.iso"));
  return place;
}

/** Makes an unprivileged user the owner of all files. */
export async function giveToOrdinaryUser(place: Place): Promise<void> {
  await chmod(place.folder, 0o755);
  for (const name of await readdir(place.folder, { recursive: true })) {
    await chown(join(place.folder, name), ordinaryUser, ordinaryUser);
  }
  await chown(place.folder, ordinaryUser, ordinaryUser);
}

export async function removePlace(place: Place): Promise<void> {
  await execa("umount", [place.cache], { reject: false });
  await rm(place.folder, { recursive: true, force: true });
}

/** Paths of the files below a folder; none if it does not exist. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
