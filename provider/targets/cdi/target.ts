import { cdiTargetId } from "../../schema/targets/identity";
import type { Context } from "../../base/context";
import { type CdiTargetSpec } from "../../schema/targets/cdi";
import { StylusError } from "../../base/errors";
import type { Publication, PublishedFile } from "../../schema/state";
import { addressOfUri } from "./address";
import { checkCdi } from "./check-access";
import { examine, type Verdict } from "./examine";
import {
  type CdiTimeouts,
  type CdiSession,
  otherClusterError,
  defaultTimeouts,
  volumeUrl,
} from "./session";
import { publishToCdi } from "./publish";
import { cdiPlace } from "./place";
import { removeFromCdi } from "./remove-volume";
import { runChecks } from "../access";
import { orUnreachable, presentOrAltered } from "../find-result";
import { openKube } from "./kube/client";
import { localSha256 } from "../local-sha256";
import type { FindResult } from "../find-result";
import type { Target } from "../target";

export interface CdiContext extends Pick<Context, "rootDirectory"> {
  readonly timeouts?: Partial<CdiTimeouts>;
}

/**
 * A namespace of a Kubernetes cluster, where CDI makes disks of uploaded files. It keeps no records: a ConfigMap could
 * hold them, but a user who may create DataVolumes may not always write ConfigMaps.
 */
export function cdiTarget(spec: CdiTargetSpec, { rootDirectory, timeouts }: CdiContext): Target {
  const openSession = async (signal: AbortSignal): Promise<CdiSession> => ({
    spec,
    rootDirectory,
    kube: await openKube(spec, rootDirectory, signal),
    timeouts: { ...defaultTimeouts, ...timeouts },
  });
  return {
    id: cdiTargetId(spec),
    capabilities: {
      place: cdiPlace(spec, rootDirectory),
      addresses: {
        addressOf: async (file, signal) => ({
          uri: file.uri,
          url: await currentUrl(await openSession(signal), file, signal),
        }),
      },
    },
    checkAccess: (needs, signal) =>
      runChecks(signal, async () => checkCdi(await openSession(signal), needs, signal)),
    find: (publication, signal) =>
      orUnreachable(signal, async () => findAtCdi(await openSession(signal), publication, signal)),
    async publish(artifact, options) {
      const sha256 = await localSha256(artifact, options.signal);
      return publishToCdi(await openSession(options.signal), { ...artifact, sha256 }, options);
    },
    remove: async (publication, signal) =>
      removeFromCdi(await openSession(signal), publication, signal),
    retrieve: ({ uri }) =>
      Promise.reject(
        new StylusError("publish.failed", {
          what: `${uri} cannot be used as a source.`,
          why: "CDI made a volume of it, and keeps no file that could be downloaded.",
          next: "Publish `qcow2` or `raw` to another target as well, or run the build again.",
        }),
      ),
  };
}

async function findAtCdi(
  session: CdiSession,
  publication: Publication,
  signal: AbortSignal,
): Promise<FindResult> {
  const address = addressOfUri(session.spec, publication);
  const verdict = await examine(session.kube, address, publication, signal);
  if (verdict.state === "same") return presentOrAltered(publication, undefined);
  if (verdict.state !== "missing") return presentOrAltered(publication, whyAltered(verdict));
  const error = otherClusterError(session, publication, address);
  return error === undefined ? { state: "absent" } : { state: "unreachable", why: error.message };
}

/**
 * The address of a volume at the API server of the kubeconfig. If the volume is not there, the kubeconfig may point to
 * another cluster: the recorded address stays, as the only evidence of where the volume is.
 */
async function currentUrl(
  session: CdiSession,
  file: PublishedFile,
  signal: AbortSignal,
): Promise<string> {
  const address = addressOfUri(session.spec, file);
  const url = volumeUrl(session.kube, address);
  if (url === file.url) return url;
  const { state } = await examine(session.kube, address, file, signal);
  return state === "same" ? url : file.url;
}

function whyAltered(verdict: Exclude<Verdict, { readonly state: "same" | "missing" }>): string {
  return verdict.state === "unfinished"
    ? `It is in the phase ${verdict.volume.status.phase ?? "(none)"}: its upload has not ended, or its claim is new.`
    : verdict.why;
}
