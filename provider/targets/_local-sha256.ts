import { hashFile } from "../system/files/hash";
import { fileFault } from "../system/files/file-faults";
import type { LocalFile } from "./target";

/** The SHA-256 of a file that is to be published, taken now where nobody took it while it was made. */
export async function localSha256(file: LocalFile, signal: AbortSignal): Promise<string> {
  if (file.sha256 !== undefined) return file.sha256;
  const options = { signal, onProgress: () => undefined };
  return hashFile(file.path, options).catch((thrown: unknown) => {
    throw fileFault(thrown, `read ${file.path}`, signal);
  });
}
