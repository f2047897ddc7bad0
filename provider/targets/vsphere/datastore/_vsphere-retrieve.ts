import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import { fileFault, systemCode } from "../../../system/files/file-faults";
import type { PublishOptions } from "../../target";
import { examine } from "./_vsphere-examine";
import { openFile, type Storage } from "./files";

/** Downloads a file beside `path`, and renames it when its SHA-256 is right. */
export async function retrieveFromDatastore(
  storage: Storage,
  from: string,
  publication: Publication,
  path: string,
  options: PublishOptions,
): Promise<void> {
  const verdict = await examine(storage, from, publication);
  if (verdict.state !== "same") {
    const gone = verdict.state === "missing";
    throw new StylusError(gone ? "publish.not-found" : "publish.failed", {
      what: `${publication.uri} cannot be used as a source.`,
      why: gone ? "It is not there." : verdict.why,
      next: "Restore the file, or run the build again, which makes it anew.",
    });
  }
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
    if (isOfNetwork(thrown)) throw thrown;
    throw fileFault(thrown, `write ${partial}`, options.signal);
  }
}

async function download(
  storage: Storage,
  from: string,
  { sizeBytes }: Publication,
  partial: string,
  { signal, onProgress }: PublishOptions,
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

function isOfNetwork(thrown: unknown): boolean {
  return /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI)/.test(systemCode(thrown) ?? "");
}

function wrongContent(publication: Publication, actual: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${publication.uri} has the SHA-256 ${actual}, expected ${publication.sha256 ?? "none"}.`,
    why: "It was altered after it was published, or damaged on the way.",
    next: "Remove it and run the build again, which makes it anew.",
  });
}
