import type { HttpConnection } from "./connection";
import { statusError } from "./errors";

/** Optional response headers with a file's SHA-256: RFC 9530, RFC 3230, Artifactory, ownCloud. */
const digestHeaders: readonly (readonly [string, RegExp, BufferEncoding])[] = [
  ["repr-digest", /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/i, "base64"],
  ["digest", /(?:^|,)\s*sha-256=([A-Za-z0-9+/]{43}=)/i, "base64"],
  ["x-checksum-sha256", /^\s*([0-9a-f]{64})\s*$/i, "hex"],
  ["oc-checksum", /\bSHA256:([0-9a-f]{64})\b/i, "hex"],
];

/** The file's SHA-256 in response headers, in hexadecimal digits. */
function sha256From(header: (name: string) => string | undefined): string | undefined {
  for (const [name, pattern, encoding] of digestHeaders) {
    const found = pattern.exec(header(name) ?? "")?.[1];
    if (found !== undefined) return Buffer.from(found, encoding).toString("hex");
  }
  return undefined;
}

/** Request headers with which some servers verify an upload. */
export function digestHeadersFor(sha256: string): Readonly<Record<string, string>> {
  return {
    "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
    "x-checksum-sha256": sha256,
  };
}

/** Properties of a file, as far as the server sends them. */
interface RemoteFile {
  readonly sizeBytes: number | undefined;
  readonly sha256: string | undefined;
}

/** Sends HEAD, and a GET of one byte if HEAD gives no size. Only 404 and 410 mean absent. */
export async function headFile(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<RemoteFile | "absent"> {
  const wanted = { "want-repr-digest": "sha-256=1", "want-digest": "SHA-256" };
  const head = await connection.send("HEAD", address, { headers: wanted, signal });
  if (head.status === 404 || head.status === 410) return "absent";
  const length = numberOf(head.header("content-length"));
  if (head.status === 200 && length !== undefined) {
    return { sizeBytes: length, sha256: sha256From((name) => head.header(name)) };
  }
  // Only GET follows redirects; some servers do not support HEAD (405, 501), and presigned URLs reject it (403).
  const answer = await connection.get(address, { ...wanted, range: "bytes=0-0" }, signal);
  await answer.discard();
  if (answer.status === 404 || answer.status === 410) return "absent";
  const range = /^bytes (?:\*|\d+-\d+)\/(\d+)$/.exec(answer.header("content-range") ?? "")?.[1];
  const sha256 = sha256From((name) => answer.header(name));
  // An empty file has no first byte.
  if (answer.status === 206 || answer.status === 416) return { sizeBytes: numberOf(range), sha256 };
  if (answer.status === 200) {
    return { sizeBytes: numberOf(answer.header("content-length")), sha256 };
  }
  throw statusError(answer.status, `read the size of ${address}`, connection.spec);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** Why the remote file is not the wanted content, as far as the server's response shows it. */
export function difference(
  { sizeBytes, sha256 }: RemoteFile,
  wanted: { readonly sizeBytes: number; readonly sha256?: string | undefined },
): string | undefined {
  if (sizeBytes !== undefined && sizeBytes !== wanted.sizeBytes) {
    return `It has ${sizeBytes} bytes, expected ${wanted.sizeBytes}.`;
  }
  if (sha256 !== undefined && wanted.sha256 !== undefined && sha256 !== wanted.sha256) {
    return `Its SHA-256 is ${sha256}, expected ${wanted.sha256}.`;
  }
  return undefined;
}
