import { lstat } from "node:fs/promises";

/** The identity of a regular file's content, as the file system reports it. */
export interface FileStamp {
  readonly size: number;
  /** Changes with each write, and when the file is replaced or restored from a copy. */
  readonly text: string;
  /** The same without the time of the last change of the file's name or mode. */
  readonly withoutName: string;
}

/** The stamp of a regular file; undefined for anything else, also for a symbolic link to one. */
export async function stampOf(path: string): Promise<FileStamp | undefined> {
  const stats = await lstat(path, { bigint: true });
  if (!stats.isFile()) return undefined;
  // Not the device, whose number may change with each mount.
  const { size, mtimeNs, ctimeNs, ino } = stats;
  const withoutName = [size, mtimeNs, ino].join(" ");
  return { size: Number(size), withoutName, text: `${withoutName} ${ctimeNs}` };
}
