import { decodeText } from "../../base/decode-text";
import { StylusError } from "../../base/errors";
import { httpGet } from "../http/get";
import type { HttpResponse } from "../http/request";
import { redactUrl } from "../http/url";
import { downloadNetworkError, downloadStatusError } from "./errors";
import { pickChecksum, type PinnedChecksum } from "./pick-checksum";

interface ChecksumRequest {
  /** The URL of the installer. */
  readonly url: string;
  readonly checksumUrl: string;
  /** Headers for the server of the checksum file. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Reads the installer's checksum from a checksum file at a URL. */
export async function readChecksum(
  request: ChecksumRequest,
  signal: AbortSignal,
): Promise<PinnedChecksum> {
  const { checksumUrl: url, headers } = request;
  try {
    const response = await httpGet({ url, headers, signal });
    if (response.status !== 200) {
      await response.discard();
      throw downloadStatusError(response.status, url);
    }
    return pickChecksum(await readText(response, url), request);
  } catch (thrown) {
    throw downloadNetworkError(thrown, url, signal);
  }
}

const mostBytes = 1024 * 1024;

async function readText(response: HttpResponse, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw notAChecksumFile(url, "is larger than 1 MiB");
    chunks.push(chunk);
  }
  const decoded = decodeText(Buffer.concat(chunks), new URL(url).pathname.replace(/.*\//, ""));
  if ("problem" in decoded) throw notAChecksumFile(url, decoded.problem);
  return decoded.text;
}

function notAChecksumFile(url: string, problem: string): StylusError {
  return new StylusError("installer.unreachable", {
    what: `${redactUrl(url)} is not a checksum file: it ${problem}.`,
    next: "Correct `installer.checksumUrl`, or pin the installer with `installer.sha256`.",
  });
}
