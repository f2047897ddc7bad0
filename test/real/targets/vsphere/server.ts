import { join } from "node:path";
import {
  vsphereTarget as schema,
  type VsphereTargetSpec,
} from "../../../../provider/schema/targets/vsphere";
import { vsphereTarget } from "../../../../provider/targets/vsphere/target";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import type { Target } from "../../../../provider/targets/target";
import { startFaultProxy, type FaultProxy } from "../../../servers/fault-proxy";
import {
  makeCertificate,
  startTlsFront,
  type Certificate,
  type TlsFront,
} from "../../../servers/tls-front";
import { startVcenter, type Vcenter } from "../../../servers/vcenter";

export const libraryName = "Edge images";

export interface VsphereServer {
  readonly vcenter: Vcenter;
  readonly proxy: FaultProxy;
  readonly front: TlsFront;
  readonly certificate: Certificate;
  /** `127.0.0.1:port`. */
  readonly address: string;
  spec(more?: Record<string, unknown>): VsphereTargetSpec;
  /** A target of a datastore, or of the library. */
  datastore(more?: Record<string, unknown>): Target;
  library(more?: Record<string, unknown>): Target;
  /** SOAP requests, oldest first. */
  soapBodies(): readonly string[];
  /** The path on this machine of a file of the target's datastore. */
  file(name: string): string;
}

/** One vCenter per suite, behind TLS and a proxy whose rules and counts are reset for every test. */
export function useVsphereServer(datacenters = 1): () => VsphereServer {
  let server: VsphereServer | undefined;
  const started: { stop(): Promise<void> }[] = [];
  const get = (): VsphereServer => {
    if (server === undefined) throw new Error("the server is not up");
    return server;
  };
  before(async () => {
    const certificate = await makeCertificate();
    const passed = { port: 0 };
    const front = await startTlsFront(certificate, () => passed.port);
    started.unshift(front);
    const address = `127.0.0.1:${front.port}`;
    const vcenter = await startVcenter(`https://${address}`, datacenters);
    started.unshift(vcenter);
    const proxy = await startFaultProxy(vcenter.port);
    started.unshift(proxy);
    passed.port = Number(new URL(proxy.endpoint).port);
    await vcenter.createLibrary(libraryName);
    const { username, password } = vcenter;
    const spec: VsphereServer["spec"] = (more = {}) =>
      schema.parse({
        type: "vsphere",
        server: address,
        thumbprint: certificate.sha256,
        username,
        password,
        ...more,
      });
    const open = (more: Record<string, unknown>): Target =>
      vsphereTarget(spec(more), { rootDirectory: "/" });
    server = {
      vcenter,
      proxy,
      front,
      certificate,
      address,
      spec,
      datastore: (more = {}) =>
        open({ datacenter: "DC0", datastore: "LocalDS_0", folder: "images/edge", ...more }),
      library: (more = {}) => open({ library: libraryName, ...more }),
      soapBodies: () => front.texts.filter((text) => text.includes("<soapenv:Body>")),
      file: (name) => join(vcenter.datastores.get("DC0/LocalDS_0") ?? "", "images/edge", name),
    };
  });
  beforeEach(() => {
    get().proxy.reset();
    get().front.show(get().certificate);
    get().front.texts.length = 0;
  });
  after(async () => {
    for (const each of started) await each.stop();
  });
  return get;
}

/** Ends the session of the last request that had one, as an administrator can; fails if it has already ended. */
export async function endSession({ proxy, vcenter }: VsphereServer): Promise<void> {
  const cookies = proxy.requests.flatMap(({ headers }) => headers.cookie ?? []);
  const key = /vmware_soap_session="?([^";]+)/.exec(cookies.at(-1) ?? "")?.[1];
  if (key === undefined) throw new Error("no request had a session");
  await vcenter.soap("TerminateSession", "SessionManager", `<sessionId>${key}</sessionId>`);
}

/** Bytes of artifacts in PUT requests, without notes. */
export function bytesPut({ proxy }: VsphereServer): number {
  return proxy.requests
    .filter(({ method, path }) => method === "PUT" && !path.includes(".stylus-image.json"))
    .reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
}

/** The artifact as one of another format, with a matching name. */
export function asFormat(artifact: LocalArtifact, format: LocalArtifact["format"]): LocalArtifact {
  return { ...artifact, format, name: artifact.name.replace(/\.\w+$/, `.${format}`) };
}
