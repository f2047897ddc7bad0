import { fileError } from "../system/files/errors";
import { hashFile } from "../system/files/hash";
import type { LocalFile } from "./local-artifact";

/** The SHA-256 of a file to publish; computed here if it was not computed during conversion. */
export async function localSha256(file: LocalFile, signal: AbortSignal): Promise<string> {
  if (file.sha256 !== undefined) return file.sha256;
  const options = { signal, onProgress: () => undefined };
  return hashFile(file.path, options).catch((thrown: unknown) => {
    throw fileError(thrown, `read ${file.path}`, signal);
  });
}
