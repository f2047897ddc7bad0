import { z } from "zod";
import { StylusError, type ErrorCode } from "../../../base/errors";
import { networkError } from "../../../system/http/errors";
import type { KubeResponse, KubeRequest } from "./request";
import type { KubeContext } from "./config";

/** The Status object of an error response. */
const statusSchema = z.object({
  kind: z.literal("Status"),
  message: z.string().default(""),
  reason: z.string().default(""),
  details: z.object({ name: z.string(), kind: z.string() }).partial().nullish(),
});

export function statusOf({ body }: KubeResponse): z.infer<typeof statusSchema> | undefined {
  return statusSchema.safeParse(body).data;
}

/** The rules of a Role that publishing needs. */
export const permissions =
  "get, create and delete of `datavolumes` (cdi.kubevirt.io), get of `persistentvolumeclaims`, create of `uploadtokenrequests` (upload.cdi.kubevirt.io)";

/** Whether an object of this name does not exist, as opposed to its whole kind. */
export function isNotFound(response: KubeResponse, name: string): boolean {
  return response.status === 404 && statusOf(response)?.details?.name === name;
}

/** The error of a response with an unexpected status. */
export function kubeStatusError(
  response: KubeResponse,
  { doing }: Pick<KubeRequest, "doing">,
  { name, server, namespace }: KubeContext,
): StylusError {
  const { status, body } = response;
  const message = statusOf(response)?.message ?? (typeof body === "string" ? body.trim() : "");
  const quoted = message === "" ? "" : ` (${message.replace(/\s+/g, " ").slice(0, 500)})`;
  const what = `Cannot ${doing} at ${server.host}: the cluster answered ${status}${quoted}.`;
  const error = (code: ErrorCode, why: string | undefined, next: string): StylusError =>
    new StylusError(code, { what, why, next });
  if (status === 401) {
    return error(
      "publish.denied",
      `The cluster rejects the credentials of ${name}: they are wrong or expired.`,
      "Log in to the cluster again, and try `kubectl auth whoami` in that context.",
    );
  }
  if (status === 403) {
    return error(
      "publish.denied",
      `The user of ${name} may not do this.`,
      `Give it a Role in the namespace "${namespace}" with ${permissions}.`,
    );
  }
  if (status === 404 && statusOf(response)?.details?.kind === "namespaces") {
    return error(
      "publish.not-found",
      `The cluster has no namespace "${namespace}".`,
      "Create it, or correct the target's `namespace`.",
    );
  }
  if (status === 404) {
    return error(
      "publish.not-found",
      "CDI is not installed in that cluster, or parts of it do not run.",
      "Install KubeVirt's Containerized Data Importer there, or correct the target's `context`.",
    );
  }
  if (status === 429 || status >= 500) {
    return error(
      "publish.unreachable",
      "The cluster, or CDI in it, reports an internal error.",
      "Look at it with `kubectl get apiservices` and `kubectl get pods -n cdi`, and run again.",
    );
  }
  return error(
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
      // The cluster's own CA replaces those of the environment.
      ...(hasOwnAuthority && {
        trust:
          "Correct `certificate-authority` in the kubeconfig; never switch the verification off on a network that is not yours.",
      }),
    },
    signal,
  });
}
