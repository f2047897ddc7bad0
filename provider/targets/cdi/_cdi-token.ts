import { z } from "zod";
import { StylusError } from "../../base/errors";
import type { VolumeAddress } from "./address";
import type { CdiSession } from "./session";
import { kubeFault } from "./kube/faults";

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
