import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { sectorSize } from "./boot";
import { run } from "../process/run";

/** A regular file of an ISO. Its bytes are contiguous from `offset` on. */
export interface IsoFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly offset: number;
}

/** Every regular file of an ISO, in any order; read-only, without root and without mounting. */
export async function listIsoFiles(path: string, signal: AbortSignal): Promise<readonly IsoFile[]> {
  const find = ["-find", "/", "-type", "f", "-exec", "report_lba", "--"];
  // -no_rc: ignore the user's startup files.
  const args = ["-no_rc", "-abort_on", "FATAL", "-indev", `stdio:${resolve(path)}`, ...find];
  const next = "Download the installer again; xorriso cannot read its directory.";
  const { stdout } = await run("xorriso", args, { signal, code: "installer.truncated", next });
  return parseReport(stdout);
}

/** `File data lba:  0 ,  33 ,  147 ,  300000 , '/boot/kernel'`; the first number counts extents. */
export function parseReport(text: string): readonly IsoFile[] {
  const line = /^File data lba:\s*(\d+)\s*,\s*(\d+)\s*,\s*\d+\s*,\s*(\d+)\s*,\s*'(.*)'$/;
  return text.split("\n").flatMap((row) => {
    const [, extent, sector, size, quoted] = line.exec(row) ?? [];
    // A file above 4 GiB has several extents, which all ISO writers place one after the other.
    if (extent !== "0" || quoted === undefined) return [];
    const path = quoted.replaceAll(`'"'"'`, "'");
    return [{ path, sizeBytes: Number(size), offset: Number(sector) * sectorSize }];
  });
}

/** The beginning of a file, up to `limit` bytes. */
export async function readIsoText(
  handle: FileHandle,
  file: IsoFile,
  limit: number,
): Promise<string> {
  const buffer = Buffer.alloc(Math.min(file.sizeBytes, limit));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, file.offset);
  return buffer.toString("utf8", 0, bytesRead);
}
