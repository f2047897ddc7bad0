import { sendRequest } from "../../system/http/request";
import { runChecks, warning, type AccessFindings, type PublishNeeds } from "../access";
import { claimPath, volumePath, volumesPath, type VolumeAddress } from "./address";
import { requireAllowed } from "./access-review";
import { isNotFound, kubeStatusError, statusOf } from "./kube/errors";
import type { CdiSession } from "./session";
import { checkQuota } from "./quota";
import { uploadNetworkError, uploadStatusError } from "./upload-errors";
import { findUploadProxy } from "./upload-proxy";
import { volumeFor } from "./volume";

/** No object of this name is ever created. */
const probeName = "stylus-image-check";

/** Whether CDI runs, this user may create and fill DataVolumes, the upload proxy responds, and the quota suffices. */
export async function checkCdi(
  session: CdiSession,
  needs: PublishNeeds,
  signal: AbortSignal,
): Promise<AccessFindings> {
  const address = { namespace: session.kube.context.namespace, name: probeName };
  // Without a cluster or CDI the other checks would only repeat the same problem.
  const first = await runChecks(signal, () => checkCreate(session, address, needs, signal));
  if (first.problems.length > 0 && first.problems.every(({ code }) => code !== "publish.denied")) {
    return first;
  }
  const more = await runChecks(
    signal,
    () => checkRead(session, volumePath(address), signal),
    () => checkRead(session, claimPath(address), signal),
    () => checkTokens(session, address, signal),
    () => checkProxy(session, signal),
    () => checkStorageClass(session, signal),
    () => checkQuota(session, address.namespace, needs, signal),
  );
  return {
    problems: [...first.problems, ...more.problems],
    warnings: [...first.warnings, ...more.warnings],
  };
}

/** Sends a DataVolume as a dry run: the cluster answers as it would, with all its policies, and creates nothing. */
async function checkCreate(
  { kube, spec }: CdiSession,
  address: VolumeAddress,
  { leastBytes, diskBytes }: PublishNeeds,
  signal: AbortSignal,
): Promise<undefined> {
  const sample = {
    format: "qcow2",
    path: "",
    sizeBytes: leastBytes,
    diskSizeBytes: diskBytes,
    sha256: "0".repeat(64),
    artifactKey: "0".repeat(64),
    mediaType: "application/octet-stream",
    name: address.name,
  } as const;
  const request = {
    method: "POST",
    path: `${volumesPath(address.namespace)}?dryRun=All`,
    body: volumeFor(spec, address, sample),
    doing: "create a DataVolume",
    signal,
  } as const;
  const response = await kube.call(request);
  // 400: a webhook of the cluster does not support dry runs. 409: someone else's object has the name.
  if ([200, 201, 400, 409].includes(response.status)) return undefined;
  throw kubeStatusError(response, request, kube.context);
}

async function checkRead(
  { kube }: CdiSession,
  path: string,
  signal: AbortSignal,
): Promise<undefined> {
  const request = { method: "GET", path, doing: `read ${path}`, signal } as const;
  const response = await kube.call(request);
  if (response.status === 200 || isNotFound(response, probeName)) return undefined;
  throw kubeStatusError(response, request, kube.context);
}

/** A token cannot be requested for a volume that does not exist, so the cluster is asked for the right only. */
async function checkTokens(
  session: CdiSession,
  { namespace }: VolumeAddress,
  signal: AbortSignal,
): Promise<undefined> {
  const group = "upload.cdi.kubevirt.io";
  const { kube } = session;
  await requireAllowed(
    kube,
    { namespace, verb: "create", group, resource: "uploadtokenrequests" },
    "ask for an upload token",
    signal,
  );
  const path = `/apis/${group}/v1beta1`;
  const request = { method: "GET", path, doing: "ask for an upload token", signal } as const;
  const response = await kube.call(request);
  // Some clusters hide their API groups from ordinary users.
  if (response.status === 200 || response.status === 401 || response.status === 403) {
    return undefined;
  }
  throw kubeStatusError(response, request, kube.context);
}

/** Sends a request without a token, which the proxy rejects; that it is a proxy's rejection is what counts. */
async function checkProxy(session: CdiSession, signal: AbortSignal): Promise<undefined> {
  const { url, dispatcher } = await findUploadProxy(session, signal);
  try {
    const response = await sendRequest(await dispatcher(), {
      method: "HEAD",
      url,
      headers: {},
      signal,
    });
    await response.discard();
    const { status } = response;
    const isMissing = status === 404 || (status >= 300 && status < 400);
    if (isMissing) throw uploadStatusError(status, "", url);
    return undefined;
  } catch (thrown) {
    throw uploadNetworkError(thrown, url, signal);
  }
}

async function checkStorageClass(
  { kube, spec }: CdiSession,
  signal: AbortSignal,
): Promise<AccessFindings | undefined> {
  const { storageClass } = spec;
  if (storageClass === undefined) return undefined;
  const path = `/apis/storage.k8s.io/v1/storageclasses/${storageClass}`;
  const response = await kube.call({ method: "GET", path, doing: "read a storage class", signal });
  // A volume without such an object can still be bound to a static one of that class.
  return response.status === 404 && statusOf(response) !== undefined
    ? warning(
        `The cluster of ${kube.context.name} has no storage class "${storageClass}"; a DataVolume of it waits for a static volume.`,
      )
    : undefined;
}
