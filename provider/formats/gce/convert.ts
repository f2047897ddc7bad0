import { stat } from "node:fs/promises";
import { StylusError } from "../../base/errors";
import { GiB } from "../../base/size";
import { run } from "../../system/process/run";
import type { ConvertContext, Converted } from "../format";
import { archivePieces, contentRuns, sparseHeader } from "./sparse";
import { readOptions } from "../stream/read-options";
import { gzipParts } from "../stream/gzip";
import { writeParts } from "../stream/write";
import { tryAgain, writeError } from "../write-error";

/** The only file name that Google Cloud accepts. */
const diskName = "disk.raw";

/**
 * Writes `disk.raw` into a compressed tar archive in old GNU format, as Google Cloud imports it
 * (https://cloud.google.com/compute/docs/import/import-existing-image). The archive is sparse:
 * holes take no bytes.
 */
export async function convertToGce(disk: string, context: ConvertContext): Promise<Converted> {
  const { output, signal } = context;
  try {
    const { size } = await stat(disk);
    requireWholeGiB(size);
    const runs = await contentRuns(disk, signal);
    const header = sparseHeader(diskName, size, runs);
    const pieces = archivePieces(disk, header, runs, readOptions(context));
    const sha256 = await writeParts(output, gzipParts(pieces), signal);
    await checkListing(output, size, signal);
    return { path: output, sha256 };
  } catch (thrown) {
    throw writeError(thrown, output, signal);
  }
}

function requireWholeGiB(size: number): void {
  if (size > 0 && size % GiB === 0) return;
  throw new StylusError("input.invalid", {
    what: `Google Cloud does not import a disk of ${size} bytes.`,
    why: "It accepts disks of whole GiB only.",
    next: "Enlarge the disk to a whole GiB (`truncate --size=%1G`), or leave out this format.",
  });
}

/**
 * The `tar` and `gzip` programs read the archive to its end and check its CRC. Holes cost nothing.
 */
async function checkListing(path: string, size: number, signal: AbortSignal): Promise<void> {
  // Without `--force-local`, tar takes a path with a colon for a remote file.
  const args = [
    "--list",
    "--verbose",
    "--gzip",
    "--numeric-owner",
    "--force-local",
    "--file",
    path,
  ];
  const failure = { signal, code: "convert.failed", next: tryAgain } as const;
  const { stdout } = await run("tar", args, failure);
  const listed = /^-\S+ 0\/0 +(\d+) \S+ \S+ (\S+)\n$/.exec(stdout);
  if (listed?.[1] === String(size) && listed[2] === diskName) return;
  throw new StylusError("convert.failed", {
    what: `${path} was written, but tar does not find ${diskName} of ${size} bytes in it.`,
    next: tryAgain,
    tail: stdout,
  });
}
