import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import { fileError, systemCode } from "../../../system/files/errors";
import type { ProgressOptions } from "../../../system/files/progress-options";
import { networkFailure } from "../../../system/http/network-failure";
import { alteredSource, missingSource } from "../../source-error";
import { type Storage, openFile } from "./files";
import { examine } from "./sidecar";

/** Downloads a file to a temporary name beside `path`, and renames it when its SHA-256 is correct. */
export async function retrieveFromDatastore(
  storage: Storage,
  from: string,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const verdict = await examine(storage, from, publication);
  if (verdict.state === "missing") throw missingSource(publication.uri);
  if (verdict.state !== "same") throw alteredSource(publication.uri, verdict.why);
  const partial = `${path}.partial`;
  try {
    const actual = await download(storage, from, publication, partial, options);
    if (publication.sha256 !== undefined && actual !== publication.sha256) {
      throw wrongContent(publication, actual);
    }
    await rename(partial, path);
  } catch (thrown) {
    await rm(partial, { force: true });
    if (thrown instanceof StylusError || systemCode(thrown)?.startsWith("E") !== true) throw thrown;
    if (isNetworkError(thrown)) throw thrown;
    throw fileError(thrown, `write ${partial}`, options.signal);
  }
}

async function download(
  storage: Storage,
  from: string,
  { sizeBytes }: Publication,
  partial: string,
  { signal, onProgress }: ProgressOptions,
): Promise<string> {
  const hash = createHash("sha256");
  const { body } = await openFile(storage, from);
  let done = 0;
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        done += chunk.length;
        yield chunk;
        onProgress(done, sizeBytes);
      }
    },
    createWriteStream(partial, { mode: 0o600 }),
    { signal },
  );
  return hash.digest("hex");
}

function isNetworkError(thrown: unknown): boolean {
  return networkFailure(thrown).kind !== "other";
}

function wrongContent(publication: Publication, actual: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${publication.uri} has the SHA-256 ${actual}, expected ${publication.sha256 ?? "none"}.`,
    why: "It was changed after it was published, or damaged during the transfer.",
    next: "Remove it and run the build again, which makes it again.",
  });
}
