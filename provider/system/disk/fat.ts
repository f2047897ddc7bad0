import { resolve } from "node:path";
import type { InstalledFile } from "./installed-file";
import { run } from "../process/run";

/** Every file of a FAT file system within a disk. */
export async function listFat(
  path: string,
  start: number,
  signal: AbortSignal,
): Promise<readonly InstalledFile[]> {
  const { stdout } = await run("mdir", ["-a", "-i", `${resolve(path)}@@${start}`, "-/", "::/"], {
    signal,
    code: "install.incomplete",
    // 1: mdir cannot read a file system that blkid takes for FAT.
    accepted: [0, 1],
    env: {
      MTOOLS_SKIP_CHECK: "1",
      MTOOLS_DATE_STRING: "yyyy-mm-dd",
      MTOOLS_TWENTY_FOUR_HOUR_CLOCK: "1",
    },
  });
  return parseDirectories(stdout);
}

/** `BOOTX64  EFI    123456 2026-11-22  23:32  long name`, under `Directory for ::/EFI/BOOT`. */
export function parseDirectories(text: string): readonly InstalledFile[] {
  let folder = "";
  return text.split("\n").flatMap((line) => {
    const header = /^Directory for ::(.*?)\/?$/.exec(line)?.[1];
    if (header !== undefined) folder = header;
    const row = /^(.{8}) (.{3}) +(\d+) \d{4}-\d\d-\d\d +\d+:\d\d *(.*)$/.exec(line);
    if (row === null) return [];
    const [, stem = "", extension = "", size, long = ""] = row;
    const short = [stem.trim(), extension.trim()].filter((part) => part !== "").join(".");
    const name = long.trim() === "" ? short : long.trim();
    return [{ path: `${folder}/${name}`, sizeBytes: Number(size) }];
  });
}
