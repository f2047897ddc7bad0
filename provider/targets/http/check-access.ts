import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { runChecks, type AccessFindings, type PublishNeeds } from "../access";
import { urlForName } from "./address";
import type { HttpConnection } from "./connection";
import { statusError } from "./errors";
import { headFile } from "./head";

/** Always the same name, so that the next check removes the file that a killed one left. */
const probeName = "stylus-image-check.partial";

/** In milliseconds; how long a server may take to reject an upload by its headers alone. */
const headersLimit = 1000;
const cleanupLimit = 10_000;

/** Whether the server accepts an upload: a PUT that no server should carry out, see `probeHeaders`. */
export function checkHttpServer(
  connection: HttpConnection,
  needs: PublishNeeds,
  signal: AbortSignal,
): Promise<AccessFindings> {
  return runChecks(signal, async () => {
    const address = urlForName(connection.spec, probeName);
    await headFile(connection, address, signal);
    let isStored = false;
    try {
      const early = await announcePut(connection, address, needs, "whole", signal);
      if (early !== undefined) {
        isStored = early.status < 300;
        return await judge(connection, address, early, needs, signal);
      }
      isStored = true;
      // A proxy that reads the whole body first hides the answer of the server behind it.
      if (!(await canDelete(connection, address, signal))) return undefined;
      const headers = { ...probeHeaders(), "content-range": "bytes 0-0/1", "content-length": "1" };
      const body = Readable.from([Buffer.from("?")], { objectMode: false });
      const sent = connection.send("PUT", address, { headers, body, signal });
      // The server answered before, so a lost connection decides nothing.
      const answer = await sent.catch((thrown: unknown) => {
        if (!isUnreachable(thrown)) throw thrown;
      });
      if (answer === undefined) return undefined;
      return await judge(connection, address, { status: answer.status, server: "" }, needs, signal);
    } finally {
      if (isStored) await removeProbe(connection, address);
    }
  });
}

interface Early {
  readonly status: number;
  readonly server: string;
}

/**
 * Headers that keep a server from storing the file: no file has this ETag (RFC 9110: 412), a partial PUT is refused by
 * nginx (501) and others (400), and Artifactory stores only content that it has already. A server that ignores all of
 * them stores the file, which is removed again.
 */
function probeHeaders(): Readonly<Record<string, string>> {
  return {
    "content-type": "application/octet-stream",
    "if-match": `"${randomBytes(16).toString("hex")}"`,
    "x-checksum-deploy": "true",
    "x-checksum-sha256": randomBytes(32).toString("hex"),
  };
}

/**
 * Announces an upload of that size, sends the first byte of it, and breaks it off. Undefined if the server waits for the body,
 * as it does for an upload that it accepts.
 */
async function announcePut(
  connection: HttpConnection,
  address: string,
  { leastBytes }: PublishNeeds,
  range: "whole" | "none",
  signal: AbortSignal,
): Promise<Early | undefined> {
  // More than the byte that is sent.
  const sizeBytes = Math.max(2, leastBytes);
  const limit = AbortSignal.timeout(headersLimit);
  const within = AbortSignal.any([signal, limit]);
  const headers = {
    ...probeHeaders(),
    "content-length": String(sizeBytes),
    ...(range === "whole" && { "content-range": `bytes 0-${sizeBytes - 1}/${sizeBytes}` }),
  };
  const body = new Readable({ read: () => undefined });
  // The HTTP client sends the headers together with the first byte.
  body.push("?");
  try {
    const { status, header } = await connection.send("PUT", address, {
      headers,
      body,
      signal: within,
    });
    return { status, server: header("server") ?? "" };
  } catch (thrown) {
    throwIfCancelled(signal);
    // The connection may also be closed because the body does not come.
    if (limit.aborted || isUnreachable(thrown)) return undefined;
    throw thrown;
  }
}

function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof StylusError && thrown.code === "publish.unreachable";
}

/** Turns the answer to a probe into a problem, where it is certain that an artifact would get the same answer. */
async function judge(
  connection: HttpConnection,
  address: string,
  { status, server }: Early,
  needs: PublishNeeds,
  signal: AbortSignal,
): Promise<AccessFindings | undefined> {
  const { spec } = connection;
  const problem = statusError(status, `write ${address}`, spec);
  if ([401, 403, 405, 407, 413, 507].includes(status)) throw problem;
  if (status >= 300 && status < 400 && status !== 304) throw problem;
  // With `createFolders`, publishing creates the folder first.
  if ((status === 404 || status === 409) && !spec.createFolders) throw problem;
  if (status !== 501 || /nginx/i.test(server)) return undefined;
  // Either the server has no PUT, or none of a part of a file: the second answer tells.
  const again = await announcePut(connection, address, needs, "none", signal);
  if (again?.status === 501) throw problem;
  await removeProbe(connection, address);
  return undefined;
}

/** False if the server announces its methods, and DELETE is not one of them: a file that it stores would stay. */
async function canDelete(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { status, header } = await connection.send("OPTIONS", address, { signal });
  const allowed = header("allow") ?? "";
  return status >= 300 || allowed === "" || /\bDELETE\b/i.test(allowed);
}

/** Removes the probe's file from a server that stored it. */
async function removeProbe(connection: HttpConnection, address: string): Promise<void> {
  const signal = AbortSignal.timeout(cleanupLimit);
  const remote = await headFile(connection, address, signal).catch(() => "absent" as const);
  if (remote === "absent") return;
  await connection.send("DELETE", address, { signal }).catch(() => undefined);
}
