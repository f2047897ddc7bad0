import { StylusError } from "../spec/errors";
import type { Publication } from "../spec/state";
import type { VsphereTargetSpec } from "../spec/vsphere-target-spec";
import { datastorePath, nameOfUri } from "./vsphere-address";
import { readCredentials } from "./vsphere-credentials";
import { publishToDatastore } from "./vsphere-datastore";
import { removeDisk } from "./vsphere-disk";
import { examine } from "./vsphere-examine";
import { removeFile } from "./vsphere-file-tasks";
import type { Storage } from "./vsphere-files";
import { vsphereSend } from "./vsphere-http";
import { findDatastore } from "./vsphere-inventory";
import { removeNote } from "./vsphere-note";
import { sweepPartials } from "./vsphere-partials";
import { retrieveFromDatastore } from "./vsphere-retrieve";
import { soapSession } from "./vsphere-soap";
import type { VsphereTargetOptions, VsphereVerbs } from "./vsphere-verbs";

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
