import { vsphereTargetId, type VsphereTargetSpec } from "../../schema/targets/vsphere";
import { orUnreachable, presentOrAltered } from "../find-result";
import { localSha256 } from "../local-file";
import type { Target } from "../target";
import type { Templates } from "../templates";
import { datastoreVerbs } from "./datastore/target";
import { vsphereFault } from "./client/faults";
import { libraryVerbs } from "./library/target";
import type { VsphereTargetOptions } from "./verbs";

/** A datastore or a content library of a vCenter. It keeps no records: neither can create a file atomically and list. */
export function vsphereTarget(spec: VsphereTargetSpec, options: VsphereTargetOptions): Target {
  const verbs = (spec.library === undefined ? datastoreVerbs : libraryVerbs)(spec, options);
  const { templates } = verbs;
  const inWords =
    (doing: string, signal: AbortSignal) =>
    (thrown: unknown): never => {
      throw vsphereFault(thrown, doing, spec, signal);
    };
  const withReadableErrors = (inner: Templates): Templates => ({
    describe: (publication) => inner.describe(publication),
    deploy: (publication, signal) =>
      inner.deploy(publication, signal).catch(inWords(`deploy ${publication.uri}`, signal)),
    sweep: (publication, signal) =>
      inner
        .sweep(publication, signal)
        .catch(inWords(`remove former templates of ${publication.uri}`, signal)),
  });
  return {
    id: vsphereTargetId(spec),
    capabilities: templates === undefined ? {} : { templates: withReadableErrors(templates) },
    find: (publication, signal) =>
      orUnreachable(signal, async () => {
        const doing = `look at ${publication.uri}`;
        const verdict = await verbs.examine(publication, signal).catch(inWords(doing, signal));
        if (verdict.state === "missing") return { state: "absent" };
        if (verdict.state === "undeployed") return verdict;
        return presentOrAltered(publication, verdict.state === "same" ? undefined : verdict.why);
      }),
    async publish(artifact, publishOptions) {
      const { signal } = publishOptions;
      const sha256 = await localSha256(artifact, signal);
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
