import { httpGet } from "../http/get";
import type { HttpResponse } from "../http/request";
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
