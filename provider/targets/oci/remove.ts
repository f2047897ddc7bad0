import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { absentResult, alteredResult, removedResult, type RemoveResult } from "../remove-result";
import { ociTargetId } from "../../schema/targets/identity";
import { parseOciUri } from "./address";
import type { OciConnection } from "./connection";
import { readErrorResponse, type ErrorResponse } from "./errors";
import { digestOfTag, readManifest } from "./tags";

/**
 * Removes the manifest and every tag that points to it; the registry's garbage collection removes its blobs. A foreign
 * manifest under our tag has another digest and stays.
 */
export async function removeFromRegistry(
  connection: OciConnection,
  publication: Publication,
  signal: AbortSignal,
): Promise<RemoveResult> {
  const { tag, digest } = parseOciUri(connection.spec, publication.uri);
  if ((await readManifest(connection, digest, signal)) === undefined) {
    const foreign = await digestOfTag(connection, tag, signal);
    return foreign === undefined
      ? absentResult
      : alteredResult(`${ociTargetId(connection.spec)}:${tag}`);
  }
  // Most registries remove the tags with the manifest. Some leave them dangling, and some (Google's, for example) do not
  // delete a tagged manifest. Errors of registries that cannot delete tags are ignored.
  for (const name of new Set([tag, connection.spec.tag ?? tag])) {
    if ((await digestOfTag(connection, name, signal)) !== digest) continue;
    await deleteManifest(connection, name, signal);
  }
  const refusal = await deleteManifest(connection, digest, signal);
  if (refusal !== undefined) throw deletionFault(connection, refusal, publication);
  return removedResult;
}

/** Returns the error response, or undefined if the manifest no longer exists. */
export async function deleteManifest(
  connection: OciConnection,
  reference: string,
  signal: AbortSignal,
): Promise<ErrorResponse | undefined> {
  const doing = `remove ${reference}`;
  const to = `manifests/${reference}`;
  const answer = await connection.send({ method: "DELETE", to, signal, doing });
  if ([200, 202, 204].includes(answer.status)) {
    await answer.discard();
    return undefined;
  }
  const refusal = await readErrorResponse(answer);
  return refusal.status === 404 && refusal.codes.length > 0 ? undefined : refusal;
}

function deletionFault(
  connection: OciConnection,
  refusal: ErrorResponse,
  { uri }: Publication,
): StylusError {
  const { status, codes, text } = refusal;
  if (status !== 405 && !codes.includes("UNSUPPORTED")) {
    return connection.errorOf(refusal, `remove ${uri}`);
  }
  return new StylusError("publish.denied", {
    what: `Cannot remove ${uri}: ${status} ${text}.`,
    why: "The registry does not allow deletion through its API.",
    next: "Allow it there (`storage.delete.enabled: true` in the registry's configuration, or REGISTRY_STORAGE_DELETE_ENABLED=true), or delete the tag in the registry's own interface; then run again.",
  });
}
