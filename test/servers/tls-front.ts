import { execa } from "execa";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Lower case, without colons. */
  readonly sha256: string;
  /** In the notation of vCenter. */
  readonly sha1: string;
}

/** A self-signed certificate for a name or an address. */
export async function makeCertificate(name = "IP:127.0.0.1"): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "certificate-"));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  await execa("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-subj", "/CN=vcenter", "-days", "2", "-addext", `subjectAltName=${name}`],
    ...["-keyout", keyFile, "-out", certFile],
  ]);
  const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(certFile, "utf8")]);
  await rm(folder, { recursive: true });
  const { fingerprint256, fingerprint } = new X509Certificate(cert);
  const sha256 = fingerprint256.replaceAll(":", "").toLowerCase();
  return { key, cert, sha256, sha1: fingerprint };
}

export interface TlsFront {
  readonly port: number;
  /** Bytes that clients sent after the handshake. */
  readonly received: number;
  /** The small chunks among them: headers and texts, without files. */
  readonly texts: string[];
  /** Uses another certificate from now on. */
  show(certificate: Pick<Certificate, "key" | "cert">): void;
  /** Closes all connections on both sides. */
  cut(): void;
  stop(): Promise<void>;
}

/** Terminates TLS and forwards the plain connection to a port of this machine, which may be set later. */
export async function startTlsFront(
  certificate: Pick<Certificate, "key" | "cert">,
  target: () => number,
): Promise<TlsFront> {
  let received = 0;
  const texts: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(certificate, (secure) => {
    const plain = connect(target(), "127.0.0.1");
    secure.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (chunk.length < 16_000) texts.push(chunk.toString("utf8"));
    });
    for (const socket of [secure, plain]) {
      sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    }
    secure.once("close", () => plain.destroy());
    plain.once("close", () => secure.end());
    secure.pipe(plain).pipe(secure);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    get received() {
      return received;
    },
    texts,
    show: (other) => server.setSecureContext(other),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
