import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { datastorePath, nameOfUri } from "../address";
import { readCredentials } from "../client/credentials";
import { vsphereSend } from "../client/http";
import { findDatastore, type DatastorePlacement } from "../client/inventory";
import { checkDatastore } from "./check-access";
import { soapSession } from "../client/soap";
import { absentResult, alteredResult, removedResult, type RemoveResult } from "../../remove-result";
import type { VsphereTargetOptions, VsphereVerbs } from "../verbs";
import { removeDisk } from "./disks";
import { removeFile } from "./file-tasks";
import type { Storage } from "./files";
import { sweepPartials } from "./partials";
import { publishToDatastore } from "./publish";
import { retrieveFromDatastore } from "./retrieve";
import { examine, removeSidecar } from "./sidecar";

export function datastoreVerbs(
  spec: VsphereTargetSpec,
  { rootDirectory }: VsphereTargetOptions,
): VsphereVerbs {
  const send = vsphereSend(spec, rootDirectory);
  const useSoap = soapSession(send, () => readCredentials(spec, rootDirectory));
  const inStorage = <T>(signal: AbortSignal, work: (storage: Storage) => Promise<T>): Promise<T> =>
    useSoap(signal, async (soap) => {
      return work({ soap, placement: await findDatastore(soap, spec, signal), signal });
    });
  const pathOf = ({ uri }: Publication): string => datastorePath(spec, nameOfUri(spec, uri));
  return {
    readPlaceId: (signal) =>
      inStorage(signal, ({ placement }) => Promise.resolve(placeIdOf(placement, spec))),
    examine: (publication, signal) =>
      inStorage(signal, (storage) => examine(storage, pathOf(publication), publication)),
    checkAccess: (needs, signal) =>
      inStorage(signal, (storage) => checkDatastore(storage, spec, needs)),
    publish: (artifact, options) =>
      inStorage(options.signal, (storage) => publishToDatastore(storage, spec, artifact, options)),
    remove: (publication, signal) =>
      inStorage(signal, (storage) =>
        removeFromDatastore(storage, pathOf(publication), publication),
      ).catch(adviseOnMissingDatastore),
    retrieve: (publication, path, options) =>
      inStorage(options.signal, (storage) =>
        retrieveFromDatastore(storage, pathOf(publication), publication, path, options),
      ),
  };
}

function placeIdOf({ url = "" }: DatastorePlacement, spec: VsphereTargetSpec): string {
  if (url !== "") return `datastore ${url} ${datastorePath(spec, "")}`;
  throw new StylusError("publish.denied", {
    what: `${spec.server} does not say where the datastore "${spec.datastore}" lies.`,
    why: "This user may not read `summary.url` of the datastore.",
    next: "Give it the privilege System.Read on the datastore.",
  });
}

/**
 * Advises on a removal for which the datastore is not in the inventory. That does not prove that its files are gone: an
 * unmounted or renamed datastore is not listed either, nor one that the user may not see. Only the user can decide.
 */
function adviseOnMissingDatastore(thrown: unknown): never {
  if (!(thrown instanceof StylusError) || thrown.code !== "publish.not-found") throw thrown;
  throw new StylusError(thrown.code, {
    ...thrown.details,
    next: "Mount it again, rename it back, or let the user see it, and run again. If it is gone for good, create an empty datastore of that name, so that the removal continues with the other publications; `pulumi state delete` only forgets the image.",
  });
}

/**
 * Removes the file and its sidecar. A changed file stays: a virtual machine may use it by now. The folder stays as well:
 * vSphere would remove it together with files that another program just puts into it.
 */
async function removeFromDatastore(
  storage: Storage,
  path: string,
  publication: Publication,
): Promise<RemoveResult> {
  const verdict = await examine(storage, path, publication);
  if (verdict.state === "same") {
    await (publication.format === "vmdk" ? removeDisk : removeFile)(storage, path);
  }
  await removeSidecar(storage, path);
  await sweepPartials(storage, path, "all");
  switch (verdict.state) {
    case "same":
      return removedResult;
    case "missing":
      return absentResult;
    case "different":
      return alteredResult(publication.uri);
  }
}
