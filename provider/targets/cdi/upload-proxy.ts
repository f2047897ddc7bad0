import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Dispatcher } from "undici";
import { z } from "zod";
import { StylusError, describeThrown } from "../../base/errors";
import { targetDispatcher } from "../../system/http/target-dispatcher";
import type { VolumeAddress } from "./address";
import { kubeFault, statusOf } from "./kube/faults";
import type { CdiSession } from "./session";

/** CDI's one configuration, which every user of a cluster may read. */
const configSchema = z.object({
  spec: z.object({ uploadProxyURLOverride: z.string().nullish() }).nullish(),
  status: z
    .object({ uploadProxyURL: z.string().nullish(), uploadProxyCA: z.string().nullish() })
    .nullish(),
});

export interface UploadProxy {
  /** Where uploads are sent to, with the path. */
  readonly url: URL;
  readonly dispatcher: () => Promise<Dispatcher>;
}

/** Where uploads go, and whom to trust there: the check of that certificate is never off, whatever a kubeconfig says. */
export async function findUploadProxy(
  { spec, rootDirectory, kube }: CdiSession,
  signal: AbortSignal,
): Promise<UploadProxy> {
  const told = spec.uploadProxy === undefined ? await configured(kube, signal) : undefined;
  const url = uploadUrl(spec.uploadProxy ?? told?.url ?? "");
  if (url === undefined) {
    throw new StylusError("publish.failed", {
      what: `CDI in ${kube.context.server.host} tells no address of its upload proxy that is one: "${told?.url ?? ""}".`,
      why: "It knows one where an Ingress or a Route leads to the service cdi-uploadproxy, or where `uploadProxyURLOverride` names it.",
      next: "Expose the upload proxy (CDI's doc/exposing-upload-proxy.md), or name its address in the target's `uploadProxy`.",
    });
  }
  const { uploadProxyCaFile } = spec;
  const authority =
    uploadProxyCaFile === undefined
      ? told?.authority
      : await readAuthority(resolve(rootDirectory, uploadProxyCaFile));
  return { url, dispatcher: () => targetDispatcher(authority) };
}

async function configured(
  kube: CdiSession["kube"],
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly authority: string | undefined }> {
  const path = "/apis/cdi.kubevirt.io/v1beta1/cdiconfigs/config";
  const doing = "read CDI's configuration";
  const request = { method: "GET", path, doing, signal } as const;
  const answer = await kube.call(request);
  if (answer.status === 403) {
    throw new StylusError("publish.denied", {
      what: `Cannot ${doing} at ${kube.context.server.host}: ${statusOf(answer)?.message ?? "403"}.`,
      next: "Name the address of the upload proxy in the target's `uploadProxy`.",
    });
  }
  if (answer.status !== 200) throw kubeFault(answer, request, kube.context);
  const { spec, status } = configSchema.parse(answer.body);
  return {
    url: status?.uploadProxyURL ?? spec?.uploadProxyURLOverride ?? "",
    authority: status?.uploadProxyCA ?? undefined,
  };
}

/** Of an Ingress CDI tells the host alone. */
export function uploadUrl(told: string): URL | undefined {
  if (told === "") return undefined;
  const base = URL.parse(/^https?:\/\//i.test(told) ? told : `https://${told}`);
  if (base === null) return undefined;
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/v1beta1/upload`;
  return base;
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw new StylusError("publish.failed", {
      what: `The target's \`uploadProxyCaFile\` cannot be read: ${describeThrown(thrown)}.`,
      next: "Correct the path, or leave it out.",
      cause: thrown,
    });
  }
}

const tokenSchema = z.object({ status: z.object({ token: z.string().min(1) }) });

/** A token that allows one upload to begin within the next minutes. It is never written anywhere. */
export async function requestToken(
  { kube }: Pick<CdiSession, "kube">,
  { namespace, name }: VolumeAddress,
  signal: AbortSignal,
): Promise<string> {
  const request = {
    method: "POST",
    path: `/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/${namespace}/uploadtokenrequests`,
    body: {
      apiVersion: "upload.cdi.kubevirt.io/v1beta1",
      kind: "UploadTokenRequest",
      metadata: { namespace, name },
      spec: { pvcName: name },
    },
    doing: "ask for an upload token",
    signal,
  } as const;
  const answer = await kube.call(request);
  if (answer.status !== 200 && answer.status !== 201) {
    throw kubeFault(answer, request, kube.context);
  }
  const parsed = tokenSchema.safeParse(answer.body);
  if (parsed.success) return parsed.data.status.token;
  throw new StylusError("publish.failed", {
    what: `CDI in ${kube.context.server.host} answered a request for an upload token without one.`,
    next: "Look at the log of cdi-apiserver, and run again.",
  });
}
