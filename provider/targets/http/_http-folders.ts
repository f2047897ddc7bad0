import { folderOf } from "./address";
import type { HttpConnection } from "./connection";

/**
 * Makes the folder of a file, and those above it that are missing, where the server is one for WebDAV. Asked before
 * anything is sent, and whatever it answers: many servers make folders by themselves, and one that does neither says
 * so of the file.
 */
export async function makeFolderOf(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const folder = folderOf(address);
  if (folder === undefined || !connection.spec.createFolders) return;
  const { status } = await connection.send("MKCOL", folder, { signal });
  // RFC 4918: the folder above is not there.
  if (status !== 409) return;
  await makeFolderOf(connection, folder, signal);
  await connection.send("MKCOL", folder, { signal });
}

/** Whether the server says of itself that it renames. */
export async function canMove(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<boolean> {
  const folder = folderOf(address) ?? `${new URL(address).origin}/`;
  const { status, header } = await connection.send("OPTIONS", folder, { signal });
  const allowed = (header("allow") ?? "").toUpperCase().split(/[\s,]+/);
  return status < 300 && allowed.includes("MOVE");
}
