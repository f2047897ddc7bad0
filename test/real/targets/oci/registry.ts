import { randomBytes } from "node:crypto";
import { stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import {
  layerTypes,
  writeOciArchive,
} from "../../../../provider/formats/container-disk/oci-archive";
import { ociTarget } from "../../../../provider/targets/oci/target";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import type { Target } from "../../../../provider/targets/target";
import { ociTarget as schema, type OciTargetSpec } from "../../../../provider/schema/targets/oci";
import { hashFile } from "../../../../provider/system/files/hash";
import {
  startDockerRegistry,
  type DockerRegistry,
  type DockerRegistryOptions,
  type RegistryServer,
} from "../../../servers/docker-registry";
import { startFaultProxy, type FaultProxy } from "../../../servers/fault-proxy";
import { MiB, never, sha256 } from "../../../support/artifacts";

export const team = "team/images";

export interface ProxiedRegistry<Server extends RegistryServer> {
  readonly registry: Server;
  readonly proxy: FaultProxy;
  /** The repository's address behind the proxy. */
  readonly repository: string;
  readonly target: (more?: Record<string, unknown>, chunkSize?: number) => Target;
  /** The registry's own response, without the proxy. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
}

export function ociSpec(more: Record<string, unknown>): OciTargetSpec {
  return schema.parse({ type: "oci", plainHttp: true, ...more });
}

/** One registry per suite; the rules and counts of its proxy are reset for every test. */
export function useDockerRegistry(
  options: DockerRegistryOptions = {},
): () => ProxiedRegistry<DockerRegistry> {
  return useRegistry(() => startDockerRegistry(options));
}

export function useRegistry<Server extends RegistryServer>(
  start: () => Promise<Server>,
): () => ProxiedRegistry<Server> {
  let server: ProxiedRegistry<Server> | undefined;
  const get = () => {
    if (server === undefined) throw new Error("the registry is not up");
    return server;
  };
  before(async () => {
    const registry = await start();
    const proxy = await startFaultProxy(registry.port);
    const repository = `${new URL(proxy.endpoint).host}/${team}`;
    server = {
      registry,
      proxy,
      repository,
      target: (more = {}, chunkSize = 4 * MiB) =>
        ociTarget(ociSpec({ repository, ...more }), { rootDirectory: "/", chunkSize }),
      ask: (path, init) => fetch(`http://${registry.host}/v2/${team}/${path}`, init),
    };
  });
  beforeEach(() => get().proxy.reset());
  after(async () => {
    await server?.proxy.stop();
    await server?.registry.stop();
  });
  return get;
}

/** A containerDisk as this package writes it, with a layer of random bytes. */
export async function makeContainerDisk(folder: string, sizeBytes: number): Promise<LocalArtifact> {
  const artifactKey = sha256(randomBytes(16));
  const path = join(folder, `${artifactKey.slice(0, 12)}.oci.tar`);
  async function* write(file: FileHandle, offset: number) {
    for (let done = 0; done < sizeBytes; done += MiB) {
      const bytes = randomBytes(Math.min(MiB, sizeBytes - done));
      await file.write(bytes, 0, bytes.length, offset + done);
      yield bytes;
    }
  }
  const layer = { mediaType: layerTypes.plain, write, unpacked: undefined };
  await writeOciArchive(path, layer, { environment: {}, labels: {} });
  return {
    format: "containerdisk",
    path,
    sizeBytes: (await stat(path)).size,
    sha256: await hashFile(path, { signal: never, onProgress: () => undefined }),
    mediaType: "application/x-tar",
    artifactKey,
    name: `edge-0123456789ab/edge-${artifactKey.slice(0, 12)}.oci.tar`,
  };
}

/** Bytes of blobs and manifests that the proxy received. */
export function bytesSent({ requests }: FaultProxy): number {
  return requests
    .filter(({ method }) => method === "PATCH" || method === "PUT")
    .reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
}

/** The tag that an artifact of these tests keeps. */
export function tagOf({ artifactKey }: Pick<LocalArtifact, "artifactKey">): string {
  return `edge-0123456789ab-${artifactKey.slice(0, 12)}`;
}
