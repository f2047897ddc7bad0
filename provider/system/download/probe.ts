import { StylusError } from "../../base/errors";
import { httpGet } from "../http/get";
import type { HttpResponse } from "../http/request";
import { redactUrl } from "../http/url";
import { downloadNetworkError, downloadStatusError } from "./errors";

export interface InstallerUrl {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a server says about the content behind a URL, without sending it. */
export interface RemoteVersion {
  /** See `validatorOf`; absent when the server names neither an ETag nor a date. */
  readonly validator: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** What `If-Range` may hold: a strong ETag, or else a date. */
  readonly ifRange?: string | undefined;
}

/**
 * Asks for one byte: a presigned GET URL answers HEAD with 403. A server that ignores ranges
 * begins to send everything, so the rest is always discarded.
 */
export async function probeInstaller(
  { url, headers }: InstallerUrl,
  signal: AbortSignal,
): Promise<RemoteVersion> {
  try {
    const transferHeaders = { range: "bytes=0-0" };
    const answer = await httpGet({ url, headers, transferHeaders, signal });
    await answer.discard();
    // 416 is how an empty file answers.
    if (answer.status === 200 || answer.status === 206 || answer.status === 416) {
      return versionOf(answer);
    }
    throw downloadStatusError(answer.status, url);
  } catch (thrown) {
    throw downloadNetworkError(thrown, url, signal);
  }
}

/** The version that an answer is of; `knownBytes` where the answer itself does not tell its length. */
export function versionOf(answer: HttpResponse, knownBytes?: number): RemoteVersion {
  const etag = answer.header("etag");
  const lastModified = answer.header("last-modified");
  const sizeBytes = totalBytes(answer) ?? knownBytes;
  const strong = etag !== undefined && !etag.startsWith("W/");
  return {
    validator: validatorOf({ etag, lastModified, sizeBytes }),
    sizeBytes,
    ifRange: strong ? etag : lastModified,
  };
}

/**
 * One canonical line that is equal as long as the content is: `etag "abc"; length 7`.
 * A strong ETag stands alone, because it changes with the bytes and a date also changes without
 * them (a copy to a bucket). A weak one (kept with its `W/`) is joined by the date. The length is
 * added where it is known, and is not enough by itself: a rebuilt ISO often has the same one.
 */
export function validatorOf(parts: {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly sizeBytes?: number | undefined;
}): string | undefined {
  const { etag, lastModified, sizeBytes } = parts;
  const strong = etag !== undefined && !etag.startsWith("W/");
  const words = [
    etag === undefined ? [] : [`etag ${etag}`],
    lastModified === undefined || strong ? [] : [`modified ${lastModified}`],
  ].flat();
  if (words.length === 0) return undefined;
  return [...words, ...(sizeBytes === undefined ? [] : [`length ${sizeBytes}`])].join("; ");
}

function totalBytes(answer: HttpResponse): number | undefined {
  const text =
    answer.status === 200
      ? answer.header("content-length")
      : /\/(\d+)$/.exec(answer.header("content-range") ?? "")?.[1];
  return text === undefined ? undefined : Number(text);
}

/** The SHA-256 of `fileName` in a checksum file such as `sha256sum` writes. */
export async function readChecksumUrl(
  url: string,
  fileName: string,
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
): Promise<string> {
  const mostBytes = 1024 * 1024;
  try {
    const answer = await httpGet({ url, headers, signal });
    if (answer.status !== 200) {
      await answer.discard();
      throw downloadStatusError(answer.status, url);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) {
        throw new StylusError("installer.unreachable", {
          what: `${redactUrl(url)} is larger than 1 MiB, so it is not a checksum file.`,
          next: "Correct `installer.checksumUrl`.",
        });
      }
      chunks.push(chunk);
    }
    return pickChecksum(Buffer.concat(chunks).toString("utf8"), fileName, redactUrl(url));
  } catch (thrown) {
    throw downloadNetworkError(thrown, url, signal);
  }
}

/** `HASH  name`, `HASH *name`, `SHA256 (name) = HASH`, or a hash alone. */
export function pickChecksum(text: string, fileName: string, source: string): string {
  const named: string[] = [];
  const bare: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const bsd = /^SHA256 \((.+)\) = ([0-9a-f]{64})$/i.exec(line.trim());
    const gnu = /^\\?([0-9a-f]{64})(?:\s+[ *]?(.+))?$/i.exec(line.trim());
    const hash = (bsd?.[2] ?? gnu?.[1])?.toLowerCase();
    if (hash === undefined) continue;
    const name = bsd?.[1] ?? gnu?.[2];
    if (name === undefined) bare.push(hash);
    else if (baseName(name) === fileName) named.push(hash);
  }
  const found = [...new Set(named.length > 0 ? named : bare)];
  const [hash] = found;
  if (hash !== undefined && found.length === 1) return hash;
  throw new StylusError("installer.not-found", {
    what:
      found.length === 0
        ? `The checksum file ${source} has no SHA-256 for "${fileName}".`
        : `The checksum file ${source} has ${found.length} different SHA-256 for "${fileName}".`,
    next: "Correct `installer.checksumUrl`, or pin the installer with `installer.sha256`.",
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
