import { createHash } from "node:crypto";
import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { StylusError } from "../../base/errors";
import { formatSize } from "../../base/size";
import { openPartial, sizeOf, type PartialFile } from "./partial";
import { transfer } from "./transfer";
import { redactUrl } from "../http/url";
import { probeInstaller, type InstallerUrl, type RemoteVersion } from "./probe";

export interface InstallerSource extends InstallerUrl {
  /** The expected SHA-256, lower case. */
  readonly sha256?: string | undefined;
}

export interface DownloadOptions {
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
}

export interface DownloadedInstaller {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The server's validator; undefined if a pinned file was in the cache and no request was made. */
  readonly validator: string | undefined;
}

/**
 * Downloads an installer to `directory` as `<sha256>.iso`. If the file of a pinned SHA-256 exists, no
 * request is made. An interrupted transfer continues where it ended, also in another process. The
 * caller holds a lock: two processes must not write one partial file.
 */
export async function downloadInstaller(
  source: InstallerSource,
  options: DownloadOptions,
): Promise<DownloadedInstaller> {
  const { directory, signal, onProgress } = options;
  await mkdir(directory, { recursive: true });
  if (source.sha256 !== undefined) {
    const path = finalPath(directory, source.sha256);
    const sizeBytes = await sizeOf(path);
    if (sizeBytes !== undefined) {
      return { path, sha256: source.sha256, sizeBytes, validator: undefined };
    }
  }
  const version = await probeInstaller(source, signal);
  const pathFor = (of: RemoteVersion) => join(directory, partialName(source, of));
  const partial = await openPartial(pathFor(version), version, signal);
  try {
    await requireSpace(directory, version.sizeBytes, partial.size);
    await transfer(source, partial, { pathFor, signal, onProgress });
    return await finish(source, partial, directory);
  } finally {
    await partial.close();
  }
}

async function finish(
  source: InstallerSource,
  partial: PartialFile,
  directory: string,
): Promise<DownloadedInstaller> {
  const sha256 = partial.digest();
  if (source.sha256 !== undefined && source.sha256 !== sha256) {
    await partial.discard();
    throw new StylusError("installer.checksum-mismatch", {
      what: `The SHA-256 of ${redactUrl(source.url)} is ${sha256}, expected ${source.sha256}.`,
      why: "The file at this address is another one, or it was changed during the transfer.",
      next: "The download was deleted; correct the URL, or `installer.sha256` if the new file is the right one.",
    });
  }
  const path = finalPath(directory, sha256);
  await partial.finish(path);
  return { path, sha256, sizeBytes: partial.size, validator: partial.version.validator };
}

function finalPath(directory: string, sha256: string): string {
  return join(directory, `${sha256}.iso`);
}

/** The query is left out: it is a credential, and a new signature is for the same file. */
function partialName(source: InstallerSource, version: RemoteVersion): string {
  const identity = [redactUrl(source.url), version.validator ?? "", source.sha256 ?? ""];
  return `${createHash("sha256").update(identity.join("\n")).digest("hex")}.partial`;
}

async function requireSpace(
  directory: string,
  sizeBytes: number | undefined,
  doneBytes: number,
): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const needed = (sizeBytes ?? 0) - doneBytes;
  if (needed <= free) return;
  throw new StylusError("host.disk-full", {
    what: `The installer needs ${formatSize(needed)} of disk space in ${directory}, but only ${formatSize(free)} are free.`,
    next: "Free space there, or move the cache to a larger disk.",
  });
}
