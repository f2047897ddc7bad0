import { vsphereTargetId } from "../../schema/targets/identity";
import { type VsphereTargetSpec } from "../../schema/targets/vsphere";
import { runChecks } from "../access";
import { orUnreachable, presentOrAltered } from "../find-result";
import { localSha256 } from "../local-sha256";
import type { Target } from "../target";
import type { Templates } from "../templates";
import { urlAtServer } from "./address";
import { datastoreVerbs } from "./datastore/target";
import { vsphereError } from "./client/errors";
import { libraryVerbs } from "./library/target";
import type { VsphereTargetOptions } from "./verbs";

/** A datastore or a content library of a vCenter. It keeps no records: neither supports atomic creation together with listing. */
export function vsphereTarget(spec: VsphereTargetSpec, options: VsphereTargetOptions): Target {
  const verbs = (spec.library === undefined ? datastoreVerbs : libraryVerbs)(spec, options);
  const { templates } = verbs;
  const explained =
    (doing: string, signal: AbortSignal) =>
    (thrown: unknown): never => {
      throw vsphereError(thrown, doing, spec, signal);
    };
  const withExplainedErrors = (inner: Templates): Templates => ({
    describe: (publication) => inner.describe(publication),
    deploy: (publication, signal) =>
      inner.deploy(publication, signal).catch(explained(`deploy ${publication.uri}`, signal)),
    sweep: (publication, signal) =>
      inner
        .sweep(publication, signal)
        .catch(explained(`remove former templates of ${publication.uri}`, signal)),
  });
  const readId = (signal: AbortSignal): Promise<string> =>
    verbs.readPlaceId(signal).catch(explained("look for the target", signal));
  return {
    id: vsphereTargetId(spec),
    capabilities: {
      place: {
        kind: spec.library === undefined ? "datastore" : "library",
        readId,
        ensureId: readId,
      },
      addresses: {
        addressOf: ({ uri, url }) => Promise.resolve({ uri, url: urlAtServer(spec, url) }),
      },
      ...(templates !== undefined && { templates: withExplainedErrors(templates) }),
    },
    checkAccess: (needs, signal) =>
      runChecks(signal, () => verbs.checkAccess(needs, signal).catch(explained("publish", signal))),
    find: (publication, signal) =>
      orUnreachable(signal, async () => {
        const doing = `examine ${publication.uri}`;
        const verdict = await verbs.examine(publication, signal).catch(explained(doing, signal));
        if (verdict.state === "missing") return { state: "absent" };
        if (verdict.state === "undeployed") return verdict;
        return presentOrAltered(publication, verdict.state === "same" ? undefined : verdict.why);
      }),
    async publish(artifact, publishOptions) {
      const { signal } = publishOptions;
      const sha256 = await localSha256(artifact, signal);
      return verbs
        .publish({ ...artifact, sha256 }, publishOptions)
        .catch(explained(`publish ${artifact.name}`, signal));
    },
    remove: (publication, signal) =>
      verbs.remove(publication, signal).catch(explained(`remove ${publication.uri}`, signal)),
    retrieve: (publication, path, retrieveOptions) =>
      verbs
        .retrieve(publication, path, retrieveOptions)
        .catch(explained(`download ${publication.uri}`, retrieveOptions.signal)),
  };
}
