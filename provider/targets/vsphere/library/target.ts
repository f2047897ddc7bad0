import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { nameOfUri } from "../address";
import { readCredentials } from "../client/credentials";
import { vsphereSend } from "../client/http";
import { checkLibrary } from "./check-access";
import { deleteItem, findItem, findLibrary, listFiles, readItem, type Library } from "./items";
import { publishToLibrary, sweepUploads } from "./publish";
import { libraryTemplates } from "./templates";
import { itemDifference, markerOf } from "./marker";
import { restSession, type Rest } from "../client/rest";
import { soapSession } from "../client/soap";
import { absentResult, alteredResult, removedResult } from "../../remove-result";
import type { VsphereTargetOptions, VsphereVerbs } from "../verbs";

export function libraryVerbs(
  spec: VsphereTargetSpec,
  { rootDirectory }: VsphereTargetOptions,
): VsphereVerbs {
  const send = vsphereSend(spec, rootDirectory);
  const credentials = (): ReturnType<typeof readCredentials> =>
    readCredentials(spec, rootDirectory);
  const useRest = restSession(send, credentials);
  const itemOf = (rest: Rest, library: Library, { uri }: Publication, signal: AbortSignal) =>
    findItem(rest, library, nameOfUri(spec, uri), signal);
  const useSoap = soapSession(send, credentials);
  const templates = libraryTemplates(spec, useSoap, (publication, signal, work) =>
    useRest(async (rest) => {
      const library = await findLibrary(rest, spec, signal);
      const item = await itemOf(rest, library, publication, signal);
      if (item === undefined) throw itemGoneError(publication);
      await work(rest, item);
    }),
  );
  return {
    templates,
    readPlaceId: (signal) =>
      useRest(async (rest) => `library ${(await findLibrary(rest, spec, signal)).id}`),
    examine: (publication, signal) =>
      useRest(async (rest) => {
        const library = await libraryUnlessGone(rest, spec, publication, signal);
        const item = library && (await itemOf(rest, library, publication, signal));
        if (item === undefined) {
          // As long as a template is left, the publication must stay known, so that the template is removed.
          const left = await templates.isLeft(publication, signal);
          return left ? { state: "different", why: onlyTemplate } : { state: "missing" };
        }
        const files = await listFiles(rest, item.id, signal);
        const why = itemDifference(item, files, publication);
        if (why !== undefined) return { state: "different", why };
        const undeployed = await templates.whyUndeployed(publication, signal);
        return undeployed === undefined
          ? { state: "same" }
          : { state: "undeployed", why: undeployed };
      }),
    checkAccess: (needs, signal) =>
      useRest((rest) => checkLibrary({ rest, useSoap, spec, needs, signal })),
    publish: (artifact, options) =>
      useRest((rest) => publishToLibrary(rest, spec, artifact, options)),
    remove: (publication, signal) =>
      useRest(async (rest) => {
        const library = await libraryUnlessGone(rest, spec, publication, signal);
        const item = library && (await itemOf(rest, library, publication, signal));
        // Templates go first: as long as the item exists, an interrupted removal can be repeated.
        await templates.removeAll(publication, item, signal);
        // An item of another program under its name stays.
        const isOurs =
          item !== undefined && markerOf(item)?.artifactKey === publication.artifactKey;
        if (isOurs) await deleteItem(rest, item.id, signal);
        if (library === undefined) return absentResult;
        const name = nameOfUri(spec, publication.uri);
        await sweepUploads(rest, library, name, publication.artifactKey, signal);
        if (item === undefined) return absentResult;
        return isOurs ? removedResult : alteredResult(publication.uri);
      }),
    retrieve: ({ uri }) =>
      Promise.reject(
        new StylusError("publish.failed", {
          what: `${uri} cannot be used as a source.`,
          why: "A content library has no disk from which the base disk could be restored.",
          next: "Publish `qcow2` or `raw` to another target as well, or run the build again.",
        }),
      ),
  };
}

const onlyTemplate =
  "It is gone from the library; only the template that was deployed from it still exists.";

/**
 * The library, or undefined if library and item are certainly gone. A library that the user may not see is not listed
 * either, but then the server answers a request for the item's ID with a denial and not with "not found".
 */
async function libraryUnlessGone(
  rest: Rest,
  spec: VsphereTargetSpec,
  { url }: Publication,
  signal: AbortSignal,
): Promise<Library | undefined> {
  try {
    return await findLibrary(rest, spec, signal);
  } catch (thrown) {
    if (!(thrown instanceof StylusError) || thrown.code !== "publish.not-found") throw thrown;
    const id = /\/content\/library\/item\/([^/]+)$/.exec(url)?.[1];
    if (id === undefined) throw thrown;
    const item = await readItem(rest, decodeURIComponent(id), signal);
    if (item !== undefined) throw thrown;
    return undefined;
  }
}

function itemGoneError({ uri }: Publication): StylusError {
  return new StylusError("publish.not-found", {
    what: `${uri} cannot be deployed: the item does not exist any more.`,
    next: "Run again: the missing publication is made again.",
  });
}
