import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { folderUrl } from "../../schema/targets/target";
import { localSha256 } from "../local-sha256";
import { withPartSource } from "../part-source";
import { httpReadUrl } from "../public-url";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalArtifact } from "../local-artifact";
import { parentFolder, urlForName } from "./address";
import type { HttpConnection } from "./connection";
import { difference, headFile } from "./head";
import { hashRemoteFile } from "./retrieve";
import { type Upload, sendAndMove, sendDirectly } from "./upload";

/**
 * Makes the folder of a file, and those above it that are missing, where the server is one for WebDAV. Asked before
 * anything is sent, and whatever it answers: many servers make folders by themselves, and one that does neither says
 * so of the file.
 */
async function createFolder(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const folder = parentFolder(address);
  if (folder === undefined || !connection.spec.createFolders) return;
  const { status } = await connection.send("MKCOL", folder, { signal });
  // RFC 4918: the folder above is not there.
  if (status !== 409) return;
  await createFolder(connection, folder, signal);
  await connection.send("MKCOL", folder, { signal });
}

/** Whether the server says of itself that it renames. */
async function supportsMove(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<boolean> {
  const folder = parentFolder(address) ?? `${new URL(address).origin}/`;
  const { status, header } = await connection.send("OPTIONS", folder, { signal });
  const allowed = (header("allow") ?? "").toUpperCase().split(/[\s,]+/);
  return status < 300 && allowed.includes("MOVE");
}

/** Uploads that a bad network may break before we give up; each begins anew, for HTTP knows no other way. */
const mostUploads = 3;

/** Publishes a file under its final address, or reuses the same one that is there. */
export async function publishToHttp(
  connection: HttpConnection,
  artifact: LocalArtifact,
  options: ProgressOptions,
): Promise<Omit<Publication, "encoder">> {
  const { spec } = connection;
  const { signal, onProgress } = options;
  const { format, sizeBytes, mediaType, artifactKey, name } = artifact;
  const address = urlForName(spec, name);
  const sha256 = await localSha256(artifact, signal);
  if (!(await isPublished(connection, address, { sizeBytes, sha256 }, signal))) {
    await withPartSource(artifact, signal, (source) =>
      send(connection, { address, artifact, sha256, source }, options),
    );
  }
  onProgress(sizeBytes, sizeBytes);
  const url = httpReadUrl(spec, address);
  const target = folderUrl(spec.url);
  return { format, target, uri: address, url, sizeBytes, sha256, mediaType, artifactKey };
}

async function send(
  connection: HttpConnection,
  upload: Upload,
  options: ProgressOptions,
): Promise<void> {
  const { address, artifact, sha256 } = upload;
  const content = { sizeBytes: artifact.sizeBytes, sha256 };
  await createFolder(connection, address, options.signal);
  const isMovable = await supportsMove(connection, address, options.signal);
  for (let uploads = 1; ; uploads += 1) {
    try {
      const sendOnce = isMovable ? sendAndMove : sendDirectly;
      const outcome = await sendOnce(connection, upload, options);
      if (outcome === "created") return;
    } catch (thrown) {
      const isUnheard = thrown instanceof StylusError && thrown.code === "publish.unreachable";
      if (!isUnheard || uploads === mostUploads) throw thrown;
    }
    // Its answer may be lost, or another program was first.
    if (await isPublished(connection, address, content, options.signal)) return;
    await pause(500 * 2 ** uploads, options.signal);
  }
}

/**
 * Whether this very content is there. Anything else under our name is an error. A server that tells no SHA-256 is asked
 * for the whole file: the same size proves nothing.
 */
async function isPublished(
  connection: HttpConnection,
  address: string,
  content: { readonly sizeBytes: number; readonly sha256: string },
  signal: AbortSignal,
): Promise<boolean> {
  const look = await headFile(connection, address, signal);
  if (look === "absent") return false;
  const told = difference(look, content);
  const sha256 =
    told === undefined
      ? (look.sha256 ?? (await hashRemoteFile(connection, address, signal)))
      : undefined;
  if (sha256 === content.sha256) return true;
  throw new StylusError("publish.name-taken", {
    what: `${address} already exists with other content.`,
    why: `${told ?? `Its SHA-256 is ${sha256 ?? "unknown"}, expected ${content.sha256}.`} A file that this program did not write is never overwritten.`,
    next: "Move it elsewhere on the server, or publish to another folder.",
  });
}
