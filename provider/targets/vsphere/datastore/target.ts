import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { fileError, systemCode } from "../../../system/files/errors";
import type { ProgressOptions } from "../../../system/files/progress-options";
import { datastorePath, nameOfUri } from "../address";
import { readCredentials } from "../client/credentials";
import { vsphereSend } from "../client/http";
import { findDatastore } from "../client/inventory";
import { soapSession } from "../client/soap";
import type { VsphereTargetOptions, VsphereVerbs } from "../verbs";
import { removeDisk } from "./disks";
import { removeFile } from "./file-tasks";
import { type Storage, openFile } from "./files";
import { sweepPartials } from "./partials";
import { publishToDatastore } from "./publish";
import { examine, removeNote } from "./sidecar";

/** Downloads a file beside `path`, and renames it when its SHA-256 is right. */
async function retrieveFromDatastore(
  storage: Storage,
  from: string,
  publication: Publication,
  path: string,
  options: ProgressOptions,
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

export function datastoreVerbs(
  spec: VsphereTargetSpec,
  { rootDirectory }: VsphereTargetOptions,
): VsphereVerbs {
  const send = vsphereSend(spec, rootDirectory);
  const useSoap = soapSession(send, () => readCredentials(spec, rootDirectory));
  const inStorage = <T>(signal: AbortSignal, work: (storage: Storage) => Promise<T>): Promise<T> =>
    useSoap(signal, async (soap) => {
      return work({ soap, place: await findDatastore(soap, spec, signal), signal });
    });
  const pathOf = ({ uri }: Publication): string => datastorePath(spec, nameOfUri(spec, uri));
  return {
    examine: (publication, signal) =>
      inStorage(signal, (storage) => examine(storage, pathOf(publication), publication)),
    publish: (artifact, options) =>
      inStorage(options.signal, (storage) => publishToDatastore(storage, spec, artifact, options)),
    remove: (publication, signal) =>
      inStorage(signal, (storage) =>
        removeFromDatastore(storage, pathOf(publication), publication),
      ).catch(tellTheEnd),
    retrieve: (publication, path, options) =>
      inStorage(options.signal, (storage) =>
        retrieveFromDatastore(storage, pathOf(publication), publication, path, options),
      ),
  };
}

/**
 * A datastore that is not in the inventory proves nothing of its files: an unmounted one is not listed either, nor one
 * that was renamed or that the user may not see. So it is for the person at the terminal to say that it is gone.
 */
function tellTheEnd(thrown: unknown): never {
  if (!(thrown instanceof StylusError) || thrown.code !== "publish.not-found") throw thrown;
  throw new StylusError(thrown.code, {
    ...thrown.details,
    next: "Mount it again, give it its name back, or let the user see it, and run again. If it is gone for good, an empty one of that name lets the removal go on with what else there is; `pulumi state delete` only forgets the image.",
  });
}

/**
 * Removes what we wrote. An altered disk may be that of a virtual machine by now: it is not ours to delete. The folder
 * stays: vSphere can only remove one together with what another program puts into it at this moment.
 */
async function removeFromDatastore(
  storage: Storage,
  path: string,
  publication: Publication,
): Promise<void> {
  const verdict = await examine(storage, path, publication);
  if (verdict.state === "same") {
    await (publication.format === "vmdk" ? removeDisk : removeFile)(storage, path);
  }
  await removeNote(storage, path);
  await sweepPartials(storage, path, "all");
}
