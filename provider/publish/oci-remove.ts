import { StylusError } from "../spec/errors";
import type { Publication } from "../spec/state";
import { keptOfUri } from "./oci-address";
import type { OciConnection } from "./oci-connection";
import { refusalOf, type Refusal } from "./oci-faults";
import { digestOfTag, readManifest } from "./oci-tags";

/**
 * Removes the manifest, and with it every tag that leads to it. Its blobs are the registry's garbage then. What others
 * put under our tag has another digest, and stays.
 */
export async function removeFromRegistry(
  connection: OciConnection,
  publication: Publication,
  signal: AbortSignal,
): Promise<void> {
  const { tag, digest } = keptOfUri(connection.spec, publication.uri);
  if ((await readManifest(connection, digest, signal)) === undefined) return;
  const tags = [...new Set([tag, connection.spec.tag ?? tag])];
  const refusal = await deleteManifest(connection, digest, signal);
  if (refusal !== undefined && !isAboutTags(refusal)) {
    throw deletionFault(connection, refusal, publication);
  }
  // Most registries have taken the tags along. Some leave them dangling, and some want them to go first.
  for (const name of tags) {
    if ((await digestOfTag(connection, name, signal)) !== digest) continue;
    const refused = await deleteManifest(connection, name, signal);
    if (refused !== undefined) throw deletionFault(connection, refused, publication);
  }
  if (refusal === undefined) return;
  const second = await deleteManifest(connection, digest, signal);
  if (second !== undefined) throw deletionFault(connection, second, publication);
}

/** Undefined where it is gone. */
async function deleteManifest(
  connection: OciConnection,
  reference: string,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const doing = `remove ${reference}`;
  const to = `manifests/${reference}`;
  const answer = await connection.send({ method: "DELETE", to, signal, doing });
  if ([200, 202, 204].includes(answer.status)) {
    await answer.discard();
    return undefined;
  }
  const refusal = await refusalOf(answer);
  return refusal.status === 404 && refusal.codes.length > 0 ? undefined : refusal;
}

/** A manifest that is tagged is in use, for some registries (Google's, for one). */
function isAboutTags({ status }: Refusal): boolean {
  return status === 400 || status === 409 || status === 412;
}

function deletionFault(
  connection: OciConnection,
  refusal: Refusal,
  { uri }: Publication,
): StylusError {
  const { status, codes, text } = refusal;
  if (status !== 405 && !codes.includes("UNSUPPORTED")) {
    return connection.faultOf(refusal, `remove ${uri}`);
  }
  return new StylusError("publish.denied", {
    what: `Cannot remove ${uri}: ${status} ${text}.`,
    why: "The registry does not allow anything to be deleted through its API.",
    next: "Allow it there (`storage.delete.enabled: true` in the registry's configuration, or REGISTRY_STORAGE_DELETE_ENABLED=true), or delete the tag in the registry's own interface; then run again.",
  });
}
