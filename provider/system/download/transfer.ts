import { StylusError } from "../../base/errors";
import type { PartialFile } from "./partial";
import { httpGet } from "../http/get";
import type { HttpResponse } from "../http/request";
import { redactUrl } from "../http/url";
import { downloadNetworkError, downloadStatusError } from "./errors";
import { versionOf, type InstallerUrl, type RemoteVersion } from "./probe";
import { pause } from "../../base/cancellation";

export interface TransferOptions {
  /** Name of the partial file of a version, as it may change in the middle. */
  readonly pathFor: (version: RemoteVersion) => string;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
}

/** Fills the partial file to its end, over as many connections as that takes. */
export async function transfer(
  source: InstallerUrl,
  partial: PartialFile,
  options: TransferOptions,
): Promise<void> {
  let fruitless = 0;
  let furthest = partial.size;
  while (!isComplete(partial)) {
    const fault = await attempt(source, partial, options);
    if (fault === undefined) return;
    // Only new ground counts, or a server that makes every attempt begin anew would do so for ever.
    fruitless = partial.size > furthest ? 0 : fruitless + 1;
    furthest = Math.max(furthest, partial.size);
    if (fruitless >= patienceWith(fault)) throw fault;
    await pause(500 * 2 ** fruitless, options.signal);
  }
}

function isComplete({ size, version }: PartialFile): boolean {
  return size > 0 && size === version.sizeBytes;
}

/** Attempts in a row that bring nothing before it is given up; six wait half a minute in all. */
function patienceWith({ code }: StylusError): number {
  if (code === "installer.unreachable") return 6;
  // A transfer that ends early in the same way again is not a passing fault.
  return code === "installer.truncated" ? 2 : 0;
}

/** One connection; the fault that ended it, or undefined at the end of the file. */
async function attempt(
  source: InstallerUrl,
  partial: PartialFile,
  options: TransferOptions,
): Promise<StylusError | undefined> {
  const { url, headers } = source;
  const { signal, onProgress } = options;
  try {
    // Without something to compare by, a part of one file could be joined to a part of another.
    if (partial.size > 0 && partial.version.ifRange === undefined) {
      await partial.restart(options.pathFor(partial.version), partial.version);
    }
    const transferHeaders = rangeHeaders(partial);
    const answer = await httpGet({ url, headers, transferHeaders, signal });
    if (!(await prepare(answer, partial, options))) return restartFault(url, answer.status);
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      await partial.append(chunk);
      onProgress(partial.size, partial.version.sizeBytes);
    }
  } catch (thrown) {
    return downloadNetworkError(thrown, url, signal);
  }
  const { sizeBytes } = partial.version;
  return sizeBytes === undefined || partial.size === sizeBytes
    ? undefined
    : truncatedFault(url, partial.size, sizeBytes);
}

function rangeHeaders({ size, version }: PartialFile): Readonly<Record<string, string>> {
  if (size === 0 || version.ifRange === undefined) return {};
  return { range: `bytes=${size}-`, "if-range": version.ifRange };
}

/** Makes the partial file fit what the server is about to send; false where that fits nothing. */
async function prepare(
  answer: HttpResponse,
  partial: PartialFile,
  { pathFor }: TransferOptions,
): Promise<boolean> {
  // The same content has the same length, which a re-chunking proxy leaves out of its answer.
  const { ifRange, sizeBytes } = partial.version;
  const same = versionOf(answer).ifRange === ifRange;
  const version = versionOf(answer, same ? sizeBytes : undefined);
  if (answer.status === 200) {
    await partial.restart(pathFor(version), version);
    return true;
  }
  const start = /^bytes (\d+)-/.exec(answer.header("content-range") ?? "")?.[1];
  const continues =
    answer.status === 206 &&
    Number(start) === partial.size &&
    version.validator === partial.version.validator;
  if (continues) return true;
  await answer.discard();
  if (answer.status === 206 || answer.status === 416) {
    await partial.restart(pathFor(version), version);
  }
  return false;
}

function restartFault(url: string, status: number): StylusError {
  if (status !== 206 && status !== 416) return downloadStatusError(status, url);
  return new StylusError("installer.unreachable", {
    what: `${redactUrl(url)} changed while it was fetched, or its server confuses ranges.`,
    next: "Try again when the file has been uploaded completely.",
  });
}

function truncatedFault(url: string, have: number, expected: number): StylusError {
  return new StylusError("installer.truncated", {
    what: `${redactUrl(url)} ended after ${have} bytes of ${expected}.`,
    why: "The server or a proxy on the way closed the transfer as if it were complete.",
    next: "Try again; if it stays, look at the file on the server and at the proxy's size limit.",
  });
}
