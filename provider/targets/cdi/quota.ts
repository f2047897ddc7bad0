import { z } from "zod";
import { StylusError } from "../../base/errors";
import { formatSize } from "../../base/size";
import { warning, type AccessFindings, type PublishNeeds } from "../access";
import { volumesPath } from "./address";
import type { CdiSession } from "./session";

const amounts = z.record(z.string(), z.string()).nullish();
const quotasSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ hard: amounts, used: amounts }).nullish(),
    }),
  ),
});
const volumesSchema = z.object({
  items: z.array(z.object({ status: z.object({ phase: z.string().nullish() }).nullish() })),
});

/**
 * Compares the namespace's quotas with the volumes that are about to be created. Says nothing if this user may not read
 * quotas; an unfinished volume of ours may be counted already, and then a lack is a warning only.
 */
export async function checkQuota(
  session: CdiSession,
  namespace: string,
  { formats, diskBytes }: PublishNeeds,
  signal: AbortSignal,
): Promise<AccessFindings | undefined> {
  const { kube, spec } = session;
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const response = await kube.call({ method: "GET", path, doing: "read the quotas", signal });
  const quotas = quotasSchema.safeParse(response.body).data?.items ?? [];
  const bytes = diskBytes === undefined ? 0 : Math.max(spec.size ?? 0, diskBytes);
  const needed: Readonly<Record<string, number>> = {
    persistentvolumeclaims: formats.length,
    "requests.storage": bytes * formats.length,
    ...(spec.storageClass !== undefined && {
      [`${spec.storageClass}.storageclass.storage.k8s.io/requests.storage`]: bytes * formats.length,
    }),
  };
  for (const { metadata, status } of quotas) {
    for (const [resource, wanted] of Object.entries(needed)) {
      const hard = quantity(status?.hard?.[resource]);
      const free =
        hard === undefined ? undefined : hard - (quantity(status?.used?.[resource]) ?? 0);
      if (free === undefined || free >= wanted) continue;
      const error = quotaError(namespace, metadata.name, resource, { free, wanted });
      if (!(await hasUnfinishedVolume(session, namespace, signal))) throw error;
      return warning(error.details.what);
    }
  }
  return undefined;
}

function quotaError(
  namespace: string,
  quota: string,
  resource: string,
  { free, wanted }: { readonly free: number; readonly wanted: number },
): StylusError {
  const isSize = resource.endsWith("requests.storage");
  const text = (amount: number): string =>
    isSize ? formatSize(Math.max(0, amount)) : String(Math.max(0, amount));
  return new StylusError("publish.failed", {
    what: `The quota "${quota}" of the namespace "${namespace}" leaves ${text(free)} of ${resource}, and the volumes need ${text(wanted)}.`,
    next: "Raise the quota, remove volumes there, or publish to another namespace; nothing was published.",
  });
}

/** Whether a volume of this program is being filled, or may be. */
async function hasUnfinishedVolume(
  { kube }: CdiSession,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const label = encodeURIComponent("app.kubernetes.io/managed-by=pulumi-stylus-image");
  const path = `${volumesPath(namespace)}?labelSelector=${label}`;
  const response = await kube.call({ method: "GET", path, doing: "list DataVolumes", signal });
  const volumes = volumesSchema.safeParse(response.body).data?.items;
  return volumes === undefined || volumes.some(({ status }) => status?.phase !== "Succeeded");
}

const suffixes: Readonly<Record<string, number>> = {
  "": 1,
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A Kubernetes quantity as a number; undefined for a notation that no quota of storage uses. */
function quantity(text: string | undefined): number | undefined {
  const [, digits, suffix = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text ?? "") ?? [];
  const factor = suffixes[suffix];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
