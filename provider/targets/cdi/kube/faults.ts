import { z } from "zod";
import { StylusError, type ErrorCode } from "../../../base/errors";
import { networkError } from "../../../system/http/errors";
import type { KubeResponse, KubeRequest } from "./request";
import type { KubeContext } from "./config";

/** What Kubernetes says of a refusal. */
const statusSchema = z.object({
  kind: z.literal("Status"),
  message: z.string().default(""),
  reason: z.string().default(""),
  details: z.object({ name: z.string(), kind: z.string() }).partial().nullish(),
});

export function statusOf({ body }: KubeResponse): z.infer<typeof statusSchema> | undefined {
  return statusSchema.safeParse(body).data;
}

/** What publishing there needs, as the rules of a Role. */
const permissions =
  "get, create and delete of `datavolumes` (cdi.kubevirt.io), get of `persistentvolumeclaims`, create of `uploadtokenrequests` (upload.cdi.kubevirt.io)";

/** Whether an object of this name is definitely not there, and not the kind as such. */
export function isNotFound(answer: KubeResponse, name: string): boolean {
  return answer.status === 404 && statusOf(answer)?.details?.name === name;
}

/** An answer that is none to go on from. */
export function kubeFault(
  answer: KubeResponse,
  { doing }: Pick<KubeRequest, "doing">,
  { name, server, namespace }: KubeContext,
): StylusError {
  const { status, body } = answer;
  const said = statusOf(answer)?.message ?? (typeof body === "string" ? body.trim() : "");
  const words = said === "" ? "" : ` (${said.replace(/\s+/g, " ").slice(0, 500)})`;
  const what = `Cannot ${doing} at ${server.host}: the cluster answered ${status}${words}.`;
  const fault = (code: ErrorCode, why: string | undefined, next: string): StylusError =>
    new StylusError(code, { what, why, next });
  if (status === 401) {
    return fault(
      "publish.denied",
      `The cluster does not take the credentials of ${name}; they are wrong or expired.`,
      "Log in to the cluster again, and try `kubectl auth whoami` in that context.",
    );
  }
  if (status === 403) {
    return fault(
      "publish.denied",
      `The user of ${name} may not do this.`,
      `Give it a Role in the namespace "${namespace}" with ${permissions}.`,
    );
  }
  if (status === 404 && statusOf(answer)?.details?.kind === "namespaces") {
    return fault(
      "publish.not-found",
      `The cluster has no namespace "${namespace}".`,
      "Create it, or correct the target's `namespace`.",
    );
  }
  if (status === 404) {
    return fault(
      "publish.not-found",
      "CDI is not installed in that cluster, or not all of it runs.",
      "Install KubeVirt's Containerized Data Importer there, or correct the target's `context`.",
    );
  }
  if (status === 429 || status >= 500) {
    return fault(
      "publish.unreachable",
      "The cluster, or CDI in it, has a fault of its own.",
      "Look at it with `kubectl get apiservices` and `kubectl get pods -n cdi`, and run again.",
    );
  }
  return fault(
    "publish.failed",
    undefined,
    "Correct the target, or what the cluster's message names, and run again.",
  );
}

/** The error of a failed connection to the cluster. */
export function kubeNetworkError(
  thrown: unknown,
  { doing, signal }: Pick<KubeRequest, "doing" | "signal">,
  { server, cluster }: KubeContext,
): StylusError {
  const hasOwnAuthority =
    cluster["certificate-authority"] !== undefined ||
    cluster["certificate-authority-data"] !== undefined;
  const setting = "the cluster's `server` in the kubeconfig";
  return networkError(thrown, {
    domain: "publish",
    what: `Cannot ${doing} at ${server.host}`,
    endpoint: {
      url: server,
      setting,
      proxySetting: "`proxy-url`",
      caSetting: "the kubeconfig's `certificate-authority`",
      // The cluster's own authority stands alone: the environment adds nothing to it.
      ...(hasOwnAuthority && {
        trust:
          "Correct `certificate-authority` in the kubeconfig; never switch the verification off on a network that is not yours.",
      }),
    },
    signal,
  });
}
