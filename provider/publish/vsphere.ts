import { StylusError } from "../spec/errors";
import type { Publication } from "../spec/state";
import { vsphereTargetId, type VsphereTargetSpec } from "../spec/vsphere-target-spec";
import { hashFile } from "../system/hash-file";
import { throwIfCancelled } from "../system/run-cancelled";
import { fileFault } from "./file-faults";
import type { Finding, LocalArtifact, PublishOptions, Target } from "./target";
import { datastorePath, nameOfUri } from "./vsphere-address";
import { readCredentials } from "./vsphere-credentials";
import { publishToDatastore } from "./vsphere-datastore";
import { removeDisk } from "./vsphere-disk";
import { examine, type Verdict } from "./vsphere-examine";
import { vsphereFault } from "./vsphere-faults";
import { removeFile, type Storage } from "./vsphere-files";
import { vsphereSend } from "./vsphere-http";
import { findDatastore } from "./vsphere-inventory";
import { deleteItem, findItem, findLibrary, listFiles } from "./vsphere-library";
import { publishToLibrary, sweepUploads } from "./vsphere-library-publish";
import { itemDifference, markerOf } from "./vsphere-marker";
import { removeNote } from "./vsphere-note";
import { sweepPartials } from "./vsphere-partials";
import { restSession } from "./vsphere-rest";
import { retrieveFromDatastore } from "./vsphere-retrieve";
import { soapSession } from "./vsphere-soap";

export interface VsphereTargetOptions {
  /** What relative paths resolve against. */
  readonly rootDirectory: string;
}

/** What a datastore and a library do differently. */
interface Verbs {
  examine(publication: Publication, signal: AbortSignal): Promise<Verdict>;
  publish(
    artifact: LocalArtifact & { readonly sha256: string },
    options: PublishOptions,
  ): Promise<Omit<Publication, "encoder">>;
  remove(publication: Publication, signal: AbortSignal): Promise<void>;
  retrieve(publication: Publication, path: string, options: PublishOptions): Promise<void>;
}

/** A datastore or a content library of a vCenter. It keeps no records: neither can create a file atomically and list. */
export function vsphereTarget(spec: VsphereTargetSpec, options: VsphereTargetOptions): Target {
  const verbs = spec.library === undefined ? ofDatastore(spec, options) : ofLibrary(spec, options);
  const inWords =
    (doing: string, signal: AbortSignal) =>
    (thrown: unknown): never => {
      throw vsphereFault(thrown, doing, spec, signal);
    };
  return {
    id: vsphereTargetId(spec),
    remote: true,
    holds: ({ target }) => target === vsphereTargetId(spec),
    async find(publication, signal): Promise<Finding> {
      try {
        const doing = `look at ${publication.uri}`;
        const verdict = await verbs.examine(publication, signal).catch(inWords(doing, signal));
        if (verdict.state === "missing") return { state: "absent" };
        if (verdict.state === "same") return { state: "present" };
        return { state: "altered", why: `${publication.uri}: ${verdict.why}` };
      } catch (thrown) {
        throwIfCancelled(signal);
        if (!(thrown instanceof StylusError) || thrown.code === "internal") throw thrown;
        return { state: "unreachable", why: thrown.message };
      }
    },
    async publish(artifact, publishOptions) {
      const { signal } = publishOptions;
      const sha256 = artifact.sha256 ?? (await hashLocal(artifact, signal));
      return verbs
        .publish({ ...artifact, sha256 }, publishOptions)
        .catch(inWords(`publish ${artifact.name}`, signal));
    },
    remove: (publication, signal) =>
      verbs.remove(publication, signal).catch(inWords(`remove ${publication.uri}`, signal)),
    retrieve: (publication, path, retrieveOptions) =>
      verbs
        .retrieve(publication, path, retrieveOptions)
        .catch(inWords(`download ${publication.uri}`, retrieveOptions.signal)),
  };
}

function ofDatastore(spec: VsphereTargetSpec, { rootDirectory }: VsphereTargetOptions): Verbs {
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
      ),
    retrieve: (publication, path, options) =>
      inStorage(options.signal, (storage) =>
        retrieveFromDatastore(storage, pathOf(publication), publication, path, options),
      ),
  };
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

function ofLibrary(spec: VsphereTargetSpec, { rootDirectory }: VsphereTargetOptions): Verbs {
  const send = vsphereSend(spec, rootDirectory);
  const useRest = restSession(send, () => readCredentials(spec, rootDirectory));
  return {
    examine: (publication, signal) =>
      useRest(async (rest) => {
        const library = await findLibrary(rest, spec, signal);
        const item = await findItem(rest, library, nameOfUri(spec, publication.uri), signal);
        if (item === undefined) return { state: "missing" };
        const files = await listFiles(rest, item.id, signal);
        const why = itemDifference(item, files, publication);
        return why === undefined ? { state: "same" } : { state: "different", why };
      }),
    publish: (artifact, options) =>
      useRest((rest) => publishToLibrary(rest, spec, artifact, options)),
    remove: (publication, signal) =>
      useRest(async (rest) => {
        const library = await findLibrary(rest, spec, signal);
        const name = nameOfUri(spec, publication.uri);
        const item = await findItem(rest, library, name, signal);
        // What others put under its name stays.
        if (item !== undefined && markerOf(item)?.artifactKey === publication.artifactKey) {
          await deleteItem(rest, item.id, signal);
        }
        await sweepUploads(rest, library, name, publication.artifactKey, signal);
      }),
    retrieve: ({ uri }) =>
      Promise.reject(
        new StylusError("publish.failed", {
          what: `${uri} cannot be used as a source.`,
          why: "A content library holds no disk from which the base disk could be restored.",
          next: "Publish `qcow2` or `raw` to another target as well, or run the build again.",
        }),
      ),
  };
}

function hashLocal({ path }: LocalArtifact, signal: AbortSignal): Promise<string> {
  return hashFile(path, { signal, onProgress: () => undefined }).catch((thrown: unknown) => {
    throw fileFault(thrown, `read ${path}`, signal);
  });
}
