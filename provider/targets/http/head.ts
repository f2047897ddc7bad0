import type { HttpConnection } from "./connection";
import { statusError } from "./errors";

/** Where servers say which SHA-256 a file has: RFC 9530, RFC 3230, Artifactory, ownCloud. None has to. */
const digestHeaders: readonly (readonly [string, RegExp, BufferEncoding])[] = [
  ["repr-digest", /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/i, "base64"],
  ["digest", /(?:^|,)\s*sha-256=([A-Za-z0-9+/]{43}=)/i, "base64"],
  ["x-checksum-sha256", /^\s*([0-9a-f]{64})\s*$/i, "hex"],
  ["oc-checksum", /\bSHA256:([0-9a-f]{64})\b/i, "hex"],
];

/** The SHA-256 that a server's answer tells of the file, in hexadecimal digits. */
function sha256From(header: (name: string) => string | undefined): string | undefined {
  for (const [name, pattern, encoding] of digestHeaders) {
    const found = pattern.exec(header(name) ?? "")?.[1];
    if (found !== undefined) return Buffer.from(found, encoding).toString("hex");
  }
  return undefined;
}

/** What a server that checks uploads compares them with; others take no notice. */
export function digestHeadersFor(sha256: string): Readonly<Record<string, string>> {
  return {
    "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
    "x-checksum-sha256": sha256,
  };
}

/** What a server tells of a file. */
interface RemoteFile {
  /** Undefined where it does not say. */
  readonly sizeBytes: number | undefined;
  readonly sha256: string | undefined;
}

/** Asks by HEAD, and by a GET of one byte where HEAD says nothing. Only 404 and 410 mean that nothing is there. */
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
  // A redirect is followed by a GET only; 405 and 501 refuse HEAD itself, and 403 is a presigned address's answer to it.
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
  throw statusError(answer.status, `look at ${address}`, connection.spec);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** Why what is there is not this content, as far as the server tells it. */
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
