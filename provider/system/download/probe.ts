import { StylusError } from "../../base/errors";
import { httpGet } from "../http/get";
import type { HttpResponse } from "../http/request";
import { redactUrl } from "../http/url";
import { downloadNetworkError, downloadStatusError } from "./errors";

export interface InstallerUrl {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A version of the file at a URL, as the server's headers describe it. */
export interface RemoteVersion {
  /** See `validatorOf`; undefined if the server sends neither ETag nor Last-Modified. */
  readonly validator: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** The value for `If-Range`: a strong ETag, else the date. */
  readonly ifRange?: string | undefined;
}

/**
 * Requests one byte by GET: presigned GET URLs response HEAD with 403. A server that ignores ranges
 * begins to send the whole file, so the body is always discarded.
 */
export async function probeInstaller(
  { url, headers }: InstallerUrl,
  signal: AbortSignal,
): Promise<RemoteVersion> {
  try {
    const transferHeaders = { range: "bytes=0-0" };
    const response = await httpGet({ url, headers, transferHeaders, signal });
    await response.discard();
    // 416 is the response for an empty file.
    if (response.status === 200 || response.status === 206 || response.status === 416) {
      return versionOf(response);
    }
    throw downloadStatusError(response.status, url);
  } catch (thrown) {
    throw downloadNetworkError(thrown, url, signal);
  }
}

/** The version of a response; `knownBytes` is used if the response has no length. */
export function versionOf(response: HttpResponse, knownBytes?: number): RemoteVersion {
  const etag = response.header("etag");
  const lastModified = response.header("last-modified");
  const sizeBytes = totalBytes(response) ?? knownBytes;
  const strong = etag !== undefined && !etag.startsWith("W/");
  return {
    validator: validatorOf({ etag, lastModified, sizeBytes }),
    sizeBytes,
    ifRange: strong ? etag : lastModified,
  };
}

/**
 * One canonical line that stays equal as long as the content does: `etag "abc"; length 7`.
 * A strong ETag is used without the date: it changes with the content, whereas the date also changes
 * when a file is copied. A weak one (kept with its `W/`) is combined with the date. The length is
 * added if it is known; alone it is not sufficient, because a rebuilt ISO often has the same length.
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

function totalBytes(response: HttpResponse): number | undefined {
  const text =
    response.status === 200
      ? response.header("content-length")
      : /\/(\d+)$/.exec(response.header("content-range") ?? "")?.[1];
  return text === undefined ? undefined : Number(text);
}

/** Reads the SHA-256 of `fileName` from a checksum file in the format of `sha256sum`. */
export async function readChecksumUrl(
  url: string,
  fileName: string,
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
): Promise<string> {
  const mostBytes = 1024 * 1024;
  try {
    const response = await httpGet({ url, headers, signal });
    if (response.status !== 200) {
      await response.discard();
      throw downloadStatusError(response.status, url);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
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

/** Parses `HASH  name`, `HASH *name`, `SHA256 (name) = HASH`, or a hash alone. */
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
