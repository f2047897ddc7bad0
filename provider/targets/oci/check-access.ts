import { StylusError } from "../../base/errors";
import { runChecks, type AccessFindings } from "../access";
import { connectionLost } from "./complete";
import type { OciConnection } from "./connection";
import { readErrorResponse, type ErrorResponse } from "./errors";
import { manifestType } from "./manifest";
import { deleteManifest } from "./remove";
import { digestOfTag } from "./tags";
import { cancelUpload, locationOf } from "./upload";

/** Nothing is ever published under this tag. */
const probeTag = "stylus-image-check";

/** No manifest: a registry refuses it, after it has checked the credentials. */
const noManifest = Buffer.from("not a manifest");

/**
 * Whether these credentials may read and write the repository, which may be one that is created by the first push. Nothing
 * is stored: the registry is asked to store what it must refuse.
 */
export function checkRepository(
  connection: OciConnection,
  signal: AbortSignal,
): Promise<AccessFindings> {
  return runChecks(signal, async () => {
    await digestOfTag(connection, probeTag, signal);
    await checkPut(connection, signal);
    return undefined;
  });
}

async function checkPut(connection: OciConnection, signal: AbortSignal): Promise<void> {
  const doing = "write a manifest";
  const sent = connection.send({
    method: "PUT",
    to: `manifests/${probeTag}`,
    headers: { "content-type": manifestType },
    body: { length: noManifest.length, chunks: () => [noManifest] },
    // Not repeated after 5xx: a registry may fail on such a manifest.
    repeat: "once",
    signal,
    doing,
  });
  const answer = await sent.catch((thrown: unknown) => connectionLost(thrown));
  if ("error" in answer) return checkUpload(connection, signal);
  if (answer.status >= 200 && answer.status < 300) {
    await answer.discard();
    await removeStored(connection, answer.header("docker-content-digest"), signal);
    return;
  }
  const refusal = await readErrorResponse(answer);
  if ([400, 415, 422].includes(refusal.status)) return;
  if ([401, 403, 405].includes(refusal.status)) throw refused(connection, refusal, doing);
  // Perhaps the repository is made by the first upload, or the registry fails on such a manifest.
  await checkUpload(connection, signal);
}

/** Some registries for tests store anything. */
async function removeStored(
  connection: OciConnection,
  digest: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await deleteManifest(connection, probeTag, signal);
  if (digest !== undefined) await deleteManifest(connection, digest, signal);
}

/** Begins an upload and cancels it; no reader sees either. */
async function checkUpload(connection: OciConnection, signal: AbortSignal): Promise<void> {
  const doing = "begin an upload";
  const answer = await connection.send({ method: "POST", to: "blobs/uploads/", signal, doing });
  if (answer.status !== 202) throw refused(connection, await readErrorResponse(answer), doing);
  await answer.discard();
  await cancelUpload(connection, locationOf(connection, answer));
}

function refused(connection: OciConnection, refusal: ErrorResponse, doing: string): StylusError {
  const error = connection.errorOf(refusal, doing);
  if (refusal.status !== 405) return error;
  return new StylusError("publish.denied", {
    what: error.details.what,
    why: "The registry accepts no uploads: it is read-only, or a mirror or cache of another registry.",
    next: "Publish to the registry behind it, or end its read-only mode.",
  });
}
