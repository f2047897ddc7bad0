import { execa } from "execa";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { z } from "zod";
import type { TokenApi, UploadClaims } from "./cdi-token-api";
import type { KubeApiServer } from "./kube-apiserver";

const claim = z.object({
  metadata: z.object({ ownerReferences: z.array(z.object({ uid: z.string() })).default([]) }),
});

interface Answer {
  readonly status: number;
  readonly said?: string;
}

/** The upload pod of one volume. */
interface UploadServer {
  readonly disk: string;
  /** Capacity for the disk in bytes. */
  readonly bytes: number;
  isUploading: boolean;
  isDone: boolean;
}

export interface ProxiedUpload {
  readonly status: number;
  /** Received bytes of request bodies. */
  readonly bytes: number;
}

export interface UploadProxyServer {
  readonly port: number;
  readonly uploads: ProxiedUpload[];
  /** Milliseconds between the last byte and the finished disk. */
  convertMilliseconds: number;
  /** Starts a volume's pod with the given capacity. */
  open(uid: string, size: string): void;
  close(uid: string): void;
  isDone(uid: string): boolean;
  /** The disk of a volume, as CDI stores it on a file system. */
  disk(uid: string): string;
  stop(): Promise<void>;
}

/**
 * CDI's upload proxy and the upload servers behind it, in plain HTTP behind a TLS front. It responds as the real one
 * does: 400 without a token, 401 for an invalid token, 503 with a text if no pod waits, 503 without a text if another
 * upload is in progress, 409 after a successful upload, 500 with the reason if the upload made no disk.
 */
export async function startUploadProxy(
  kube: KubeApiServer,
  tokens: TokenApi,
  folder: string,
): Promise<UploadProxyServer> {
  const servers = new Map<string, UploadServer>();
  const uploads: ProxiedUpload[] = [];
  const disk = (uid: string): string => join(folder, `${uid}.img`);

  async function serverFor({ namespace, name }: UploadClaims): Promise<string | UploadServer> {
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
    const { status, body } = await kube.call("GET", path);
    if (status === 404) return `rejecting Upload Request for PVC ${name} that doesn't exist`;
    const { ownerReferences } = claim.parse(body).metadata;
    const uid = ownerReferences[0]?.uid ?? "";
    const server = servers.get(uid);
    // The real proxy waits for ten seconds first.
    return server ?? "timed out waiting for the condition";
  }

  async function answerTo(incoming: IncomingMessage, counted: { bytes: number }): Promise<Answer> {
    if (!/^\/v1(?:alpha1|beta1)\/upload$/.test(incoming.url ?? "")) return { status: 404 };
    const [, token] = /^Bearer\s+(\S+)$/i.exec(incoming.headers.authorization ?? "") ?? [];
    if (token === undefined) return { status: 400 };
    const claims = tokens.verify(token);
    if (claims === undefined) return { status: 401 };
    const server = await serverFor(claims);
    if (typeof server === "string") return { status: 503, said: server };
    if (incoming.method !== "POST") return { status: 404 };
    if (server.isUploading) return { status: 503 };
    if (server.isDone) return { status: 409 };
    server.isUploading = true;
    try {
      return await take(incoming, counted, server);
    } catch (thrown) {
      return { status: 500, said: `Saving stream failed: ${String(thrown).slice(0, 200)}` };
    } finally {
      server.isUploading = false;
    }
  }

  async function take(
    incoming: IncomingMessage,
    counted: { bytes: number },
    server: UploadServer,
  ): Promise<Answer> {
    const scratch = `${server.disk}.scratch`;
    async function* count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        counted.bytes += chunk.length;
        yield chunk;
      }
    }
    await pipeline(incoming, count, createWriteStream(scratch));
    await delay(api.convertMilliseconds);
    const size = await makeDisk(scratch, server.disk);
    if (size > server.bytes) {
      await rm(server.disk);
      const why = `virtual image size ${size} is larger than the reported available storage ${server.bytes}`;
      return { status: 400, said: `Saving stream failed: ${why}` };
    }
    server.isDone = true;
    return { status: 200 };
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const counted = { bytes: 0 };
    const { status, said = "" } = await answerTo(incoming, counted);
    uploads.push({ status: incoming.socket.destroyed ? 0 : status, bytes: counted.bytes });
    outgoing.writeHead(status, { "content-type": "text/plain", connection: "close" });
    // Unread data is lost with the connection, as with a Go server.
    outgoing.end(said, () => incoming.destroy());
  }

  const listener = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  // Reads a large file at the rate of a slow network.
  listener.requestTimeout = 0;
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const api: UploadProxyServer = {
    port: address.port,
    uploads,
    convertMilliseconds: 0,
    open: (uid, size) => {
      if (servers.has(uid)) return;
      const server = { disk: disk(uid), bytes: bytesOf(size), isUploading: false, isDone: false };
      servers.set(uid, server);
    },
    close: (uid) => void servers.delete(uid),
    isDone: (uid) => servers.get(uid)?.isDone === true,
    disk,
    stop: async () => {
      listener.close();
      listener.closeAllConnections();
      await once(listener, "close");
    },
  };
  return api;
}

function bytesOf(quantity: string): number {
  const [, number = "", unit = ""] = /^(\d+)(Gi|Mi)?$/.exec(quantity) ?? [];
  const factor = unit === "Gi" ? 2 ** 30 : unit === "Mi" ? 2 ** 20 : 1;
  return Number(number) * factor;
}

/** A raw disk of any supported format, detected by its first bytes; returns its size. */
async function makeDisk(from: string, to: string): Promise<number> {
  const head = Buffer.alloc(8);
  const file = await open(from);
  await file.read(head, 0, 8, 0);
  await file.close();
  const begins = (hex: string): boolean => head.toString("hex").startsWith(hex);
  if (begins("514649fb") || begins("4b444d56")) {
    const format = begins("4b444d56") ? "vmdk" : "qcow2";
    await execa("qemu-img", ["convert", "-f", format, "-O", "raw", from, to]);
  } else if (begins("1f8b") || begins("28b52ffd")) {
    const unpack = begins("1f8b") ? createGunzip() : createZstdDecompress();
    await pipeline(createReadStream(from), unpack, createWriteStream(to));
  } else {
    await rename(from, to);
  }
  await rm(from, { force: true });
  return (await stat(to)).size;
}
