import { z } from "zod";
import type { CdiTargetSpec } from "../../schema/targets/cdi";
import type { Place } from "../place";
import { openKube } from "./kube/client";
import { readKubeContext } from "./kube/config";
import { kubeStatusError } from "./kube/errors";

const namespaceSchema = z.object({ metadata: z.object({ uid: z.string() }) });

/** A namespace, whose ID is the UID that the cluster gave it. */
export async function readNamespaceId(
  spec: CdiTargetSpec,
  rootDirectory: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const kube = await openKube(spec, rootDirectory, signal);
  const { namespace } = kube.context;
  const doing = `read the UID of the namespace "${namespace}"`;
  const path = `/api/v1/namespaces/${namespace}`;
  const answer = await kube.call({ method: "GET", path, doing, signal });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw kubeStatusError(answer, { doing }, kube.context);
  return `namespace ${namespaceSchema.parse(answer.body).metadata.uid}`;
}

export function cdiPlace(spec: CdiTargetSpec, rootDirectory: string): Place {
  const readId: Place["readId"] = (signal) => readNamespaceId(spec, rootDirectory, signal);
  return {
    kind: "namespace",
    async address() {
      const { server, namespace } = await readKubeContext(spec, rootDirectory);
      return { server: server.href, path: namespace };
    },
    readId,
    ensureId: readId,
  };
}
