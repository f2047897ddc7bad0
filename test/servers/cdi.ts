import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { startUploadProxy, type UploadProxyServer } from "./cdi-upload-proxy";
import { startTokenApi, type TokenApi } from "./cdi-token-api";
import type { KubeApiServer } from "./kube-apiserver";
import { kubevirtCrds } from "./kubevirt-crds";

const volume = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    source: z.object({ upload: z.object({}) }).partial(),
    storage: z.object({
      resources: z.object({ requests: z.object({ storage: z.string() }) }),
      storageClassName: z.string().optional(),
      accessModes: z.array(z.string()).optional(),
      volumeMode: z.string().optional(),
    }),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      conditions: z.array(z.object({ message: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});
type Volume = z.infer<typeof volume>;
const volumes = z.object({ items: z.array(volume) });

const claim = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
    ownerReferences: z.array(z.object({ kind: z.string(), uid: z.string() })).default([]),
  }),
  spec: z.object({ storageClassName: z.string().optional() }),
});
const claims = z.object({ items: z.array(claim) });

/** Differences between this machine's storage and a cluster's. */
export interface CdiBehaviour {
  /** A storage class that never provides a volume. */
  missingStorageClass: string;
  /** The phase at which uploads of these names stop, until a test ends it. */
  holdAt: "Pending" | "UploadScheduled" | undefined;
  /** Claims of these names are used by a pod and are not removed. */
  used: Set<string>;
}

export interface Cdi {
  readonly tokens: TokenApi;
  readonly proxy: UploadProxyServer;
  readonly behaviour: CdiBehaviour;
  /** Announces the address of the upload proxy, as CDI's operator does for an Ingress. */
  configure(status: {
    uploadProxyURL?: string | null;
    uploadProxyCA?: string | null;
  }): Promise<void>;
  stop(): Promise<void>;
}

const root = "/apis/cdi.kubevirt.io/v1beta1";
const volumePath = ({ metadata }: Volume): string =>
  `${root}/namespaces/${metadata.namespace}/datavolumes/${metadata.name}`;
const claimsPath = (namespace: string): string =>
  `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;

/**
 * A stand-in for KubeVirt's Containerized Data Importer, by its documentation and by what its sources (the snapshot of August 2026) show: the
 * token API is aggregated by the real API server, the upload proxy checks each token and the claim it is for, and the
 * controllers below make the claims and drive the phases of DataVolumes. Garbage is collected as Kubernetes would.
 */
export async function startCdi(kube: KubeApiServer): Promise<Cdi> {
  const folder = await mkdtemp(join(tmpdir(), "cdi-"));
  const crds = kubevirtCrds().filter(({ metadata }) => metadata.name.endsWith("cdi.kubevirt.io"));
  await kube.establish(crds);
  await kube.call("POST", `${root}/cdiconfigs`, {
    body: {
      apiVersion: "cdi.kubevirt.io/v1beta1",
      kind: "CDIConfig",
      metadata: { name: "config" },
      spec: {},
    },
  });
  const tokens = await startTokenApi(kube, folder);
  const proxy = await startUploadProxy(kube, tokens, folder);
  const behaviour: CdiBehaviour = {
    missingStorageClass: "missing",
    holdAt: undefined,
    used: new Set(),
  };
  const running = new AbortController();
  const controller = control(kube, proxy, behaviour, running.signal);
  return {
    tokens,
    proxy,
    behaviour,
    configure: async (status) => {
      await kube.patchStatus(`${root}/cdiconfigs/config`, status);
    },
    stop: async () => {
      running.abort();
      await controller;
      await proxy.stop();
      await tokens.stop();
      await kube.withdraw(crds);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function control(
  kube: KubeApiServer,
  proxy: UploadProxyServer,
  behaviour: CdiBehaviour,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const listed = await kube.call("GET", `${root}/datavolumes`);
    // A test removed CDI.
    const { items } = listed.status === 200 ? volumes.parse(listed.body) : { items: [] };
    const found = claims.parse((await kube.call("GET", "/api/v1/persistentvolumeclaims")).body);
    for (const item of items) {
      if (item.spec.source.upload !== undefined) await drive(kube, proxy, behaviour, item);
    }
    await collect(kube, proxy, behaviour, new Set(items.map((it) => it.metadata.uid)), found.items);
    await delay(30);
  }
}

/** One step of the upload controller. */
async function drive(
  kube: KubeApiServer,
  proxy: UploadProxyServer,
  { missingStorageClass, holdAt }: CdiBehaviour,
  item: Volume,
): Promise<void> {
  const { name, namespace, uid, annotations } = item.metadata;
  const set = async (phase: string, message = ""): Promise<void> => {
    const conditions = [{ type: "Running", status: "False", message }];
    const said = item.status.conditions[0]?.message ?? "";
    if (item.status.phase !== phase || said !== message) {
      await kube.patchStatus(volumePath(item), { phase, claimName: name, conditions });
    }
  };
  const path = `${claimsPath(namespace)}/${name}`;
  const { status, body } = await kube.call("GET", path);
  if (status === 404) {
    // A deleted claim is created again, empty, and is uploaded again.
    proxy.close(uid);
    await makeClaim(kube, item);
    return set("Pending");
  }
  const owners = claim.parse(body).metadata.ownerReferences;
  if (!owners.some((owner) => owner.uid === uid)) return;
  if (item.spec.storage.storageClassName === missingStorageClass) {
    return set("Pending", `storageclass.storage.k8s.io "${missingStorageClass}" not found`);
  }
  const isBound = annotations["cdi.kubevirt.io/storage.bind.immediate.requested"] !== undefined;
  if (!isBound) return set("WaitForFirstConsumer");
  switch (item.status.phase) {
    case undefined:
    case "Pending":
      if (holdAt === "Pending") return;
      await kube.patchStatus(path, { phase: "Bound" });
      return set("UploadScheduled");
    case "UploadScheduled":
      if (holdAt === "UploadScheduled") return;
      proxy.open(uid, item.spec.storage.resources.requests.storage);
      await kube.call("PATCH", path, {
        body: { metadata: { annotations: { "cdi.kubevirt.io/storage.pod.ready": "true" } } },
        contentType: "application/merge-patch+json",
      });
      return set("UploadReady");
    case "UploadReady":
      return proxy.isDone(uid) ? set("Succeeded") : undefined;
    default:
  }
}

async function makeClaim(kube: KubeApiServer, item: Volume): Promise<void> {
  const { name, namespace, uid } = item.metadata;
  const { accessModes = ["ReadWriteOnce"], volumeMode, storageClassName } = item.spec.storage;
  const owner = {
    apiVersion: "cdi.kubevirt.io/v1beta1",
    kind: "DataVolume",
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const { resources } = item.spec.storage;
  const body = {
    metadata: { name, ownerReferences: [owner] },
    spec: { accessModes, volumeMode, storageClassName, resources },
  };
  const { status, body: said } = await kube.call("POST", claimsPath(namespace), { body });
  if (status !== 201) throw new Error(`no claim: ${JSON.stringify(said)}`);
}

/** Garbage collection as in Kubernetes: claims are removed with their owners, if no pod uses them. */
async function collect(
  kube: KubeApiServer,
  proxy: UploadProxyServer,
  { used }: CdiBehaviour,
  living: ReadonlySet<string>,
  all: readonly z.infer<typeof claim>[],
): Promise<void> {
  for (const { metadata } of all) {
    const path = `${claimsPath(metadata.namespace)}/${metadata.name}`;
    const owner = metadata.ownerReferences.find(({ kind }) => kind === "DataVolume");
    const isLeaving = metadata.deletionTimestamp !== undefined;
    if (owner !== undefined && !living.has(owner.uid)) {
      proxy.close(owner.uid);
      if (!isLeaving) await kube.call("DELETE", path);
    }
    if (isLeaving && !used.has(metadata.name)) {
      await kube.call("PATCH", path, {
        body: { metadata: { finalizers: null } },
        contentType: "application/merge-patch+json",
      });
    }
  }
}
