import { z } from "zod";
import { StylusError } from "../../base/errors";
import type { KubeClient } from "./kube/client";
import { permissions } from "./kube/errors";

/** One action, as Kubernetes' authorizers know it. */
interface Action {
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

const reviewSchema = z.object({
  status: z.object({ allowed: z.boolean(), evaluationError: z.string().nullish() }),
});

/** Throws `publish.denied` if the cluster says that this user may not do it; nothing if it does not say. */
export async function requireAllowed(
  kube: KubeClient,
  action: Action,
  doing: string,
  signal: AbortSignal,
): Promise<void> {
  const response = await kube.call({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: action },
    },
    doing: "review the access",
    signal,
  });
  const review = reviewSchema.safeParse(response.body).data?.status;
  if (review === undefined || review.allowed || (review.evaluationError ?? "") !== "") return;
  const { server, name, namespace } = kube.context;
  throw new StylusError("publish.denied", {
    what: `Cannot ${doing} at ${server.host}: ${action.verb} of ${action.resource}.${action.group} is not allowed.`,
    why: `The user of ${name} may not do this.`,
    next: `Give it a Role in the namespace "${namespace}" with ${permissions}.`,
  });
}
