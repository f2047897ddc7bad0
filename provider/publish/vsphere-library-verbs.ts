import { StylusError } from "../spec/errors";
import type { VsphereTargetSpec } from "../spec/vsphere-target-spec";
import { nameOfUri } from "./vsphere-address";
import { readCredentials } from "./vsphere-credentials";
import { vsphereSend } from "./vsphere-http";
import { deleteItem, findItem, findLibrary, listFiles } from "./vsphere-library";
import { publishToLibrary, sweepUploads } from "./vsphere-library-publish";
import { itemDifference, markerOf } from "./vsphere-marker";
import { restSession } from "./vsphere-rest";
import type { VsphereTargetOptions, VsphereVerbs } from "./vsphere-verbs";

export function libraryVerbs(
  spec: VsphereTargetSpec,
  { rootDirectory }: VsphereTargetOptions,
): VsphereVerbs {
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
