import { resolve } from "node:path";
import type { Dispatcher } from "undici";
import { z } from "zod";
import { StylusError, describeThrown } from "../../base/errors";
import { readText } from "../../system/files/read-text";
import { targetDispatcher } from "../../system/http/target-dispatcher";
import type { VolumeAddress } from "./address";
import { kubeStatusError, statusOf } from "./kube/errors";
import type { CdiSession } from "./session";

/** CDI's configuration object, which every user of a cluster may read. */
const configSchema = z.object({
  spec: z.object({ uploadProxyURLOverride: z.string().nullish() }).nullish(),
  status: z
    .object({ uploadProxyURL: z.string().nullish(), uploadProxyCA: z.string().nullish() })
    .nullish(),
});

export interface UploadProxy {
  /** The address of uploads, with the path. */
  readonly url: URL;
  readonly dispatcher: () => Promise<Dispatcher>;
}

/** Finds the upload proxy and its CA. Its certificate is always verified, even if the kubeconfig skips verification. */
export async function findUploadProxy(
  { spec, rootDirectory, kube }: CdiSession,
  signal: AbortSignal,
): Promise<UploadProxy> {
  const configured =
    spec.uploadProxy === undefined ? await readConfiguration(kube, signal) : undefined;
  const url = uploadUrl(spec.uploadProxy ?? configured?.url ?? "");
  if (url === undefined) {
    throw new StylusError("publish.failed", {
      what: `CDI's configuration in ${kube.context.server.host} has no valid address of the upload proxy: "${configured?.url ?? ""}".`,
      why: "CDI finds the address if an Ingress or a Route leads to the service cdi-uploadproxy, or if `uploadProxyURLOverride` names it.",
      next: "Expose the upload proxy (CDI's doc/exposing-upload-proxy.md), or name its address in the target's `uploadProxy`.",
    });
  }
  const { uploadProxyCaFile } = spec;
  const authority =
    uploadProxyCaFile === undefined
      ? configured?.authority
      : await readAuthority(resolve(rootDirectory, uploadProxyCaFile));
  return { url, dispatcher: () => targetDispatcher(authority) };
}

async function readConfiguration(
  kube: CdiSession["kube"],
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly authority: string | undefined }> {
  const path = "/apis/cdi.kubevirt.io/v1beta1/cdiconfigs/config";
  const doing = "read CDI's configuration";
  const request = { method: "GET", path, doing, signal } as const;
  const response = await kube.call(request);
  if (response.status === 403) {
    throw new StylusError("publish.denied", {
      what: `Cannot ${doing} at ${kube.context.server.host}: ${statusOf(response)?.message ?? "403"}.`,
      next: "Name the address of the upload proxy in the target's `uploadProxy`.",
    });
  }
  if (response.status !== 200) throw kubeStatusError(response, request, kube.context);
  const { spec, status } = configSchema.parse(response.body);
  return {
    url: status?.uploadProxyURL ?? spec?.uploadProxyURLOverride ?? "",
    authority: status?.uploadProxyCA ?? undefined,
  };
}

/** The URL for uploads at an address of the upload proxy. For an Ingress, CDI gives the host only. */
export function uploadUrl(address: string): URL | undefined {
  if (address === "") return undefined;
  const base = URL.parse(/^https?:\/\//i.test(address) ? address : `https://${address}`);
  if (base === null) return undefined;
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/v1beta1/upload`;
  return base;
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (thrown) {
    throw new StylusError("publish.failed", {
      what: `The target's \`uploadProxyCaFile\` cannot be read: ${describeThrown(thrown)}.`,
      next: "Correct the path, or leave it out.",
      cause: thrown,
    });
  }
}

const tokenSchema = z.object({ status: z.object({ token: z.string().min(1) }) });

/** Requests a token that allows one upload to begin within the next minutes. It is never written to disk. */
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
  const response = await kube.call(request);
  if (response.status !== 200 && response.status !== 201) {
    throw kubeStatusError(response, request, kube.context);
  }
  const parsed = tokenSchema.safeParse(response.body);
  if (parsed.success) return parsed.data.status.token;
  throw new StylusError("publish.failed", {
    what: `CDI in ${kube.context.server.host} responded to a request for an upload token without a token.`,
    next: "Look at the log of cdi-apiserver, and run again.",
  });
}
