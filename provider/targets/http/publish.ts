import { folderUrl } from "../../schema/targets/identity";
import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
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
 * Creates the folder of a file and its missing parents on a WebDAV server. Other errors than a missing parent are
 * ignored: many servers create folders themselves, and otherwise the upload of the file fails.
 */
async function createFolder(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const folder = parentFolder(address);
  if (folder === undefined || !connection.spec.createFolders) return;
  const { status } = await connection.send("MKCOL", folder, { signal });
  // RFC 4918: the parent folder does not exist.
  if (status !== 409) return;
  await createFolder(connection, folder, signal);
  await connection.send("MKCOL", folder, { signal });
}

/** Whether the server announces the method MOVE. */
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

/** Attempts after lost connections. Each sends the whole file again, because HTTP cannot resume an upload. */
const maxUploads = 3;

/** Publishes a file under its final URL, or reuses an identical existing file. */
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
      const isUnreachable = thrown instanceof StylusError && thrown.code === "publish.unreachable";
      if (!isUnreachable || uploads === maxUploads) throw thrown;
    }
    // Perhaps only the response was lost, or another program published the same file.
    if (await isPublished(connection, address, content, options.signal)) return;
    await pause(500 * 2 ** uploads, options.signal);
  }
}

/**
 * Whether this content is published. Any other file under the name is an error. If the server sends no SHA-256, the whole
 * file is downloaded to compare it, because an equal size is no proof.
 */
async function isPublished(
  connection: HttpConnection,
  address: string,
  content: { readonly sizeBytes: number; readonly sha256: string },
  signal: AbortSignal,
): Promise<boolean> {
  const remote = await headFile(connection, address, signal);
  if (remote === "absent") return false;
  const reason = difference(remote, content);
  const sha256 =
    reason === undefined
      ? (remote.sha256 ?? (await hashRemoteFile(connection, address, signal)))
      : undefined;
  if (sha256 === content.sha256) return true;
  throw new StylusError("publish.name-taken", {
    what: `${address} already exists with other content.`,
    why: `${reason ?? `Its SHA-256 is ${sha256 ?? "unknown"}, expected ${content.sha256}.`} Files that this program did not write are never overwritten.`,
    next: "Move it elsewhere on the server, or publish to another folder.",
  });
}
