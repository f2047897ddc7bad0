import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { datastorePath, nameOfUri } from "../address";
import { readCredentials } from "../client/credentials";
import { publishToDatastore } from "./publish";
import { removeDisk } from "./disks";
import { examine } from "./_vsphere-examine";
import { removeFile } from "./file-tasks";
import type { Storage } from "./files";
import { vsphereSend } from "../client/http";
import { findDatastore } from "../client/inventory";
import { removeNote } from "./sidecar";
import { sweepPartials } from "./partials";
import { retrieveFromDatastore } from "./_vsphere-retrieve";
import { soapSession } from "../client/soap";
import type { VsphereTargetOptions, VsphereVerbs } from "../verbs";

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
