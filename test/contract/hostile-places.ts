import { execa } from "execa";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { startCdi } from "../servers/cdi";
import { startDockerRegistry } from "../servers/docker-registry";
import { startKubeApiServer } from "../servers/kube-apiserver";
import { makeCertificate, startTlsFront } from "../servers/tls-front";
import { startUploadServer } from "../servers/upload-server";
import { startVcenter } from "../servers/vcenter";
import { startVersitygw } from "../servers/versitygw";
import type { World } from "./world";

/** A place of one target type, and what can happen to it. */
export interface HostilePlace {
  /** Arguments of the target, as program text. */
  readonly target: string;
  /** The same place, addressed in another way. */
  readonly alias: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names of all artifacts at the place, asked without this package. */
  list(): Promise<string[]>;
  /** Makes the place unreachable: the server is dead, or the file system is not mounted. */
  lose(): Promise<unknown>;
  restore(): Promise<unknown>;
  stop(): Promise<void>;
}

export const hostilePlaces: Readonly<Record<string, (world: World) => Promise<HostilePlace>>> = {
  directory,
  s3,
  http,
  oci,
  "vsphere datastore": (world) => vsphere(world, "datastore"),
  "vsphere library": (world) => vsphere(world, "library"),
  cdi,
};

const isArtifact = (name: string): boolean => /\.(qcow2|ova|vmdk)$/.test(name);

async function artifactsBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter(isArtifact).sort();
}

/** A line to a server, which can be cut. */
async function startLine(port: number) {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  };
  const open = async (at: number): Promise<Server> => {
    const server = createServer((client) => {
      const upstream = connect(port, "127.0.0.1");
      [client, upstream].forEach(keep);
      client.pipe(upstream).pipe(client);
      client.on("close", () => upstream.destroy());
      upstream.on("close", () => client.destroy());
    });
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  const close = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    sockets.forEach((socket) => socket.destroy());
    await closed;
  };
  let server = await open(0);
  const address = z.object({ port: z.number() }).parse(server.address());
  return {
    port: address.port,
    lose: close,
    restore: async () => {
      server = await open(address.port);
    },
    close: async () => {
      if (server.listening) await close();
    },
  };
}

async function directory(world: World): Promise<HostilePlace> {
  const [images, link] = ["images", "link"].map((it) => join(world.folder, it));
  await mkdir(images!);
  await symlink(images!, link!);
  return {
    target: `{ type: "directory", path: folder + "/images" }`,
    alias: `{ type: "directory", path: folder + "/link" }`,
    env: {},
    list: () => artifactsBelow(images!),
    // Another, empty file system at the path.
    lose: () => execa("mount", ["-t", "tmpfs", "tmpfs", images!]),
    restore: () => execa("umount", [images!]),
    stop: () => Promise.resolve(),
  };
}

async function s3(): Promise<HostilePlace> {
  const server = await startVersitygw();
  await server.createBucket("images");
  const line = await startLine(server.port);
  const at = (host: string): string =>
    `{ type: "s3", bucket: "images", endpoint: "http://${host}:${line.port}" }`;
  return {
    ...line,
    target: at("127.0.0.1"),
    alias: at("localhost"),
    env: {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    },
    list: () => artifactsBelow(server.folder),
    stop: async () => {
      await line.close();
      await server.stop();
    },
  };
}

async function http(): Promise<HostilePlace> {
  const server = await startUploadServer();
  const line = await startLine(Number(new URL(server.origin).port));
  const at = (host: string): string =>
    `{ type: "http", url: "http://${host}:${line.port}/images" }`;
  return {
    ...line,
    target: at("127.0.0.1"),
    alias: at("localhost"),
    env: {},
    list: () => Promise.resolve([...server.files.keys()].filter(isArtifact).sort()),
    stop: async () => {
      await line.close();
      await server.stop();
    },
  };
}

async function oci(): Promise<HostilePlace> {
  const registry = await startDockerRegistry();
  const line = await startLine(registry.port);
  const at = (host: string): string =>
    `{ type: "oci", repository: "${host}:${line.port}/team/edge", plainHttp: true }`;
  const tags = z.object({ tags: z.array(z.string()).nullish() });
  return {
    ...line,
    target: at("127.0.0.1"),
    alias: at("localhost"),
    env: {},
    list: async () => {
      const answer = await fetch(`http://${registry.host}/v2/team/edge/tags/list`);
      return answer.ok ? [...(tags.parse(await answer.json()).tags ?? [])].sort() : [];
    },
    stop: async () => {
      await line.close();
      await registry.stop();
    },
  };
}

async function vsphere(_world: World, kind: "datastore" | "library"): Promise<HostilePlace> {
  const certificate = await makeCertificate();
  const passed = { port: 0 };
  const front = await startTlsFront(certificate, () => passed.port);
  const line = await startLine(front.port);
  const vcenter = await startVcenter(`https://127.0.0.1:${line.port}`);
  passed.port = vcenter.port;
  const id = kind === "library" ? await vcenter.createLibrary("Edge") : "";
  const part =
    kind === "library"
      ? `library: "Edge"`
      : `datacenter: "DC0", datastore: "LocalDS_0", folder: "images"`;
  const at = (host: string): string =>
    `{ type: "vsphere", server: "${host}:${line.port}", ${part}, thumbprint: "${certificate.sha256}" }`;
  return {
    ...line,
    target: at("127.0.0.1"),
    alias: at("localhost"),
    env: { VSPHERE_USER: vcenter.username, VSPHERE_PASSWORD: vcenter.password },
    list: async () => {
      if (kind === "datastore")
        return artifactsBelow(vcenter.datastores.get("DC0/LocalDS_0") ?? "");
      const items = await vcenter.rest("GET", `library/item?library_id=${id}`);
      return z
        .array(z.string())
        .parse(items ?? [])
        .sort();
    },
    stop: async () => {
      await line.close();
      await vcenter.stop();
      await front.stop();
    },
  };
}

async function cdi(world: World): Promise<HostilePlace> {
  const kube = await startKubeApiServer();
  const server = await startCdi(kube);
  await kube.call("POST", "/api/v1/namespaces", { body: { metadata: { name: "images" } } });
  const certificate = await makeCertificate();
  const front = await startTlsFront(certificate, () => server.proxy.port);
  await server.configure({
    uploadProxyURL: `127.0.0.1:${front.port}`,
    uploadProxyCA: certificate.cert,
  });
  const port = Number(new URL(kube.url).port);
  const line = await startLine(port);
  const kubeconfig = join(world.folder, "kubeconfig");
  const text = await readFile(kube.kubeconfig, "utf8");
  await writeFile(kubeconfig, text.replaceAll(`:${port}`, `:${line.port}`), { mode: 0o600 });
  const listed = z.object({
    items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
  });
  return {
    ...line,
    target: `{ type: "cdi", namespace: "images" }`,
    alias: `{ type: "cdi", namespace: "images", context: "test" }`,
    env: { KUBECONFIG: kubeconfig },
    list: async () => {
      const path = "/apis/cdi.kubevirt.io/v1beta1/namespaces/images/datavolumes";
      const { items } = listed.parse((await kube.call("GET", path)).body);
      return items.map(({ metadata }) => metadata.name).sort();
    },
    stop: async () => {
      await line.close();
      await server.stop();
      await kube.stop();
      await front.stop();
    },
  };
}
