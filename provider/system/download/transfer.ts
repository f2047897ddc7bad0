import { StylusError } from "../../base/errors";
import type { PartialFile } from "./partial";
import { httpGet } from "../http/get";
import type { HttpResponse } from "../http/request";
import { redactUrl } from "../http/url";
import { downloadNetworkError, downloadStatusError } from "./errors";
import { versionOf, type InstallerUrl, type RemoteVersion } from "./probe";
import { pause } from "../../base/cancellation";

export interface TransferOptions {
  /** The path of the partial file of a version, which may change during the transfer. */
  readonly pathFor: (version: RemoteVersion) => string;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
}

/** Downloads the rest of the partial file, over as many connections as necessary. */
export async function transfer(
  source: InstallerUrl,
  partial: PartialFile,
  options: TransferOptions,
): Promise<void> {
  let failures = 0;
  let furthest = partial.size;
  while (!isComplete(partial)) {
    const error = await attempt(source, partial, options);
    if (error === undefined) return;
    // Progress is counted beyond the furthest position only: a server may make every attempt start from the beginning.
    failures = partial.size > furthest ? 0 : failures + 1;
    furthest = Math.max(furthest, partial.size);
    if (failures >= maxFailures(error)) throw error;
    await pause(500 * 2 ** failures, options.signal);
  }
}

function isComplete({ size, version }: PartialFile): boolean {
  return size > 0 && size === version.sizeBytes;
}

/** Consecutive attempts without progress before the download fails; the pauses of six add up to half a minute. */
function maxFailures({ code }: StylusError): number {
  if (code === "installer.unreachable") return 6;
  // A transfer that ends early twice in the same way will not succeed later.
  return code === "installer.truncated" ? 2 : 0;
}

/** Downloads over one connection. Returns the error that ended it, or undefined at the end of the file. */
async function attempt(
  source: InstallerUrl,
  partial: PartialFile,
  options: TransferOptions,
): Promise<StylusError | undefined> {
  const { url, headers } = source;
  const { signal, onProgress } = options;
  try {
    // Without a validator, parts of two versions could be joined.
    if (partial.size > 0 && partial.version.ifRange === undefined) {
      await partial.restart(options.pathFor(partial.version), partial.version);
    }
    const transferHeaders = rangeHeaders(partial);
    const response = await httpGet({ url, headers, transferHeaders, signal });
    if (!(await prepare(response, partial, options))) return restartError(url, response.status);
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      await partial.append(chunk);
      onProgress(partial.size, partial.version.sizeBytes);
    }
  } catch (thrown) {
    return downloadNetworkError(thrown, url, signal);
  }
  const { sizeBytes } = partial.version;
  return sizeBytes === undefined || partial.size === sizeBytes
    ? undefined
    : truncatedError(url, partial.size, sizeBytes);
}

function rangeHeaders({ size, version }: PartialFile): Readonly<Record<string, string>> {
  if (size === 0 || version.ifRange === undefined) return {};
  return { range: `bytes=${size}-`, "if-range": version.ifRange };
}

/** Prepares the partial file for the response's body; false if the body cannot be used. */
async function prepare(
  response: HttpResponse,
  partial: PartialFile,
  { pathFor }: TransferOptions,
): Promise<boolean> {
  // The same content has the same length, which a proxy that re-chunks leaves out of the response.
  const { ifRange, sizeBytes } = partial.version;
  const same = versionOf(response).ifRange === ifRange;
  const version = versionOf(response, same ? sizeBytes : undefined);
  if (response.status === 200) {
    await partial.restart(pathFor(version), version);
    return true;
  }
  const start = /^bytes (\d+)-/.exec(response.header("content-range") ?? "")?.[1];
  const continues =
    response.status === 206 &&
    Number(start) === partial.size &&
    version.validator === partial.version.validator;
  if (continues) return true;
  await response.discard();
  if (response.status === 206 || response.status === 416) {
    await partial.restart(pathFor(version), version);
  }
  return false;
}

function restartError(url: string, status: number): StylusError {
  if (status !== 206 && status !== 416) return downloadStatusError(status, url);
  return new StylusError("installer.unreachable", {
    what: `${redactUrl(url)} changed during the download, or its server handles ranges incorrectly.`,
    next: "Try again when the file has been uploaded completely.",
  });
}

function truncatedError(url: string, doneBytes: number, expected: number): StylusError {
  return new StylusError("installer.truncated", {
    what: `${redactUrl(url)} ended after ${doneBytes} bytes of ${expected}.`,
    why: "The server or a proxy on the way ended the transfer as if it were complete.",
    next: "Try again; if the error persists, check the file on the server and the proxy's size limit.",
  });
}
