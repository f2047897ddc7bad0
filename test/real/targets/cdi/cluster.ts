import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { cdiTarget } from "../../../../provider/targets/cdi/target";
import type { CdiTimeouts } from "../../../../provider/targets/cdi/session";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import type { Target } from "../../../../provider/targets/target";
import { cdiTarget as schema, type CdiTargetSpec } from "../../../../provider/schema/targets/cdi";
import { makeAuthority, type Authority } from "../../../servers/authority";
import { startCdi, type Cdi } from "../../../servers/cdi";
import { startFaultProxy, type FaultProxy } from "../../../servers/fault-proxy";
import { startKubeApiServer, type KubeApiServer } from "../../../servers/kube-apiserver";
import { startTlsFront, type TlsFront } from "../../../servers/tls-front";

/** The fields of a DataVolume that tests read. */
const volumeSchema = z.object({
  metadata: z.looseObject({
    uid: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.looseObject({ source: z.unknown(), storage: z.unknown() }),
  status: z.looseObject({ phase: z.string().optional() }).optional(),
});
export type SeenVolume = z.infer<typeof volumeSchema>;

export const namespace = "images";
export const quick: Partial<CdiTimeouts> = {
  pollInterval: 50,
  retryDelay: 100,
  headPause: 50,
  untilReady: 20_000,
  untilGone: 20_000,
};

export interface CdiCluster {
  readonly kube: KubeApiServer;
  readonly cdi: Cdi;
  /** The proxy between the TLS front and CDI's upload proxy. */
  readonly proxy: FaultProxy;
  readonly front: TlsFront;
  /** Authority of the upload proxy's certificate. */
  readonly authority: Authority;
  /** The URL: `https://127.0.0.1:port`. */
  readonly uploadProxy: string;
  readonly folder: string;
  spec(more?: Record<string, unknown>): CdiTargetSpec;
  target(more?: Record<string, unknown>, timeouts?: Partial<CdiTimeouts>): Target;
  /** The API path of a DataVolume, a claim or another object in the namespace. */
  path(plural: "datavolumes" | "persistentvolumeclaims", name?: string): string;
  volume(artifact: LocalArtifact): Promise<SeenVolume | undefined>;
  hasClaim(artifact: LocalArtifact): Promise<boolean>;
  /** The disk that CDI made. */
  disk(artifact: LocalArtifact): Promise<string>;
}

/** The name that the DataVolume of an artifact must have. */
export function nameOf({ name }: LocalArtifact): string {
  return name.replace(/.*\//, "").replace(/(-[0-9a-f]{12})\..*$/, "$1");
}

/** One cluster per suite; rules, counts and behaviour are reset for every test. */
export function useCdiCluster(): () => CdiCluster {
  let cluster: CdiCluster | undefined;
  const started: (() => Promise<unknown>)[] = [];
  const get = (): CdiCluster => {
    if (cluster === undefined) throw new Error("the cluster is not up");
    return cluster;
  };
  before(async function () {
    this.timeout(300_000);
    const folder = await mkdtemp(join(tmpdir(), "cdi-cluster-"));
    started.unshift(() => rm(folder, { recursive: true, force: true }));
    const kube = await startKubeApiServer();
    started.unshift(() => kube.stop());
    const cdi = await startCdi(kube);
    started.unshift(() => cdi.stop());
    await kube.call("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
    const proxy = await startFaultProxy(cdi.proxy.port);
    started.unshift(() => proxy.stop());
    const authority = await makeAuthority(folder);
    const { certificate, key } = await authority.certify("proxy", undefined, ["IP:127.0.0.1"]);
    const shown = { key, cert: certificate };
    const front = await startTlsFront(shown, () => Number(new URL(proxy.endpoint).port));
    started.unshift(() => front.stop());
    const spec: CdiCluster["spec"] = (more = {}) =>
      schema.parse({ type: "cdi", namespace, kubeconfig: kube.kubeconfig, ...more });
    const path: CdiCluster["path"] = (plural, name) => {
      const root = plural === "datavolumes" ? "/apis/cdi.kubevirt.io/v1beta1" : "/api/v1";
      const all = `${root}/namespaces/${namespace}/${plural}`;
      return name === undefined ? all : `${all}/${name}`;
    };
    const volume: CdiCluster["volume"] = async (artifact) => {
      const { status, body } = await kube.call("GET", path("datavolumes", nameOf(artifact)));
      return status === 404 ? undefined : volumeSchema.parse(body);
    };
    const uploadProxy = `https://127.0.0.1:${front.port}`;
    cluster = {
      ...{ kube, cdi, proxy, front, authority, uploadProxy, folder, spec, path, volume },
      target: (more, timeouts) =>
        cdiTarget(spec(more), { rootDirectory: folder, timeouts: { ...quick, ...timeouts } }),
      hasClaim: async (artifact) => {
        const claim = path("persistentvolumeclaims", nameOf(artifact));
        return (await kube.call("GET", claim)).status === 200;
      },
      disk: async (artifact) => cdi.proxy.disk((await volume(artifact))?.metadata.uid ?? ""),
    };
  });
  beforeEach(async () => {
    const { proxy, front, cdi, uploadProxy, authority } = get();
    proxy.reset();
    front.texts.length = 0;
    cdi.proxy.uploads.length = 0;
    cdi.proxy.convertMilliseconds = 0;
    cdi.tokens.seconds = 300;
    cdi.behaviour.holdAt = undefined;
    cdi.behaviour.used.clear();
    await cdi.configure({ uploadProxyURL: uploadProxy, uploadProxyCA: authority.certificate });
  });
  after(async () => {
    for (const stop of started) await stop();
  });
  return get;
}

/** Bytes of artifacts that reached CDI's upload proxy or were stopped before it. */
export function bytesSent({ proxy }: CdiCluster): number {
  return proxy.requests
    .filter(({ method }) => method === "POST")
    .reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
}
