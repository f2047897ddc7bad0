import { execa } from "execa";
import { randomUUID, sign, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";

/** A self-signed certificate for 127.0.0.1, made by openssl. */
export async function makeCertificate(
  folder: string,
  names = "IP:127.0.0.1",
): Promise<{ readonly certificate: string; readonly key: string }> {
  const id = randomUUID().slice(0, 8);
  const certificate = join(folder, `${id}.crt`);
  const key = join(folder, `${id}.key`);
  const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", `/CN=${id}`, "-addext", `subjectAltName=${names}`];
  const files = ["-keyout", key, "-out", certificate];
  await execa("openssl", ["req", "-x509", "-days", "2", ...algorithm, ...subject, ...files]);
  return { certificate, key };
}

export interface TokenRequest {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly service: string | undefined;
  readonly authorization: string | undefined;
  readonly refreshToken: string | undefined;
}

export interface TokenServer {
  readonly realm: string;
  readonly issuer: string;
  readonly service: string;
  readonly requests: TokenRequest[];
  /** Errors and deviations that a test can set. */
  readonly behaviour: {
    /** The lifetime that the server announces for a token. */
    seconds: number;
    /** How much earlier the token really expires; docker-registry accepts it for one more minute. */
    early: number;
    refuse: boolean;
    withheld: readonly string[];
  };
  stop(): Promise<void>;
}

export const tokenUser = { username: "builder", password: "secret-for-tests-only" };
export const refreshToken = "refresh-secret-for-tests-only";

/**
 * The token protocol of Docker registries according to its specification: signed tokens that docker-registry
 * verifies.
 */
export async function startTokenServer(tls: {
  readonly certificate: string;
  readonly key: string;
}): Promise<TokenServer> {
  const key = await readFile(tls.key, "utf8");
  const certificate = new X509Certificate(await readFile(tls.certificate));
  const issuer = "tests";
  const service = "registry-of-tests";
  const requests: TokenRequest[] = [];
  const behaviour: TokenServer["behaviour"] = {
    seconds: 300,
    early: 0,
    refuse: false,
    withheld: [],
  };
  const token = (scopes: readonly string[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const header = { typ: "JWT", alg: "ES256", x5c: [certificate.raw.toString("base64")] };
    const access = scopes.map((scope) => {
      const [type, name, actions = ""] = scope.split(":");
      const granted = actions.split(",").filter((action) => !behaviour.withheld.includes(action));
      return { type, name, actions: granted };
    });
    const claims = {
      iss: issuer,
      sub: tokenUser.username,
      aud: service,
      nbf: now - 5,
      iat: now,
      exp: now + behaviour.seconds - behaviour.early,
      jti: randomUUID(),
      access,
    };
    const text = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  };
  const server = createServer((incoming, outgoing) => {
    void readForm(incoming).then((form) => {
      const { authorization } = incoming.headers;
      const request = {
        method: incoming.method ?? "",
        scopes: form.getAll("scope").flatMap((scope) => scope.split(" ")),
        service: form.get("service") ?? undefined,
        authorization,
        refreshToken: form.get("refresh_token") ?? undefined,
      };
      requests.push(request);
      const pair = `${tokenUser.username}:${tokenUser.password}`;
      const isUser = authorization === `Basic ${Buffer.from(pair).toString("base64")}`;
      const isKnown = isUser || request.refreshToken === refreshToken;
      if (!isKnown || behaviour.refuse) {
        outgoing.writeHead(401, { "content-type": "application/json" });
        outgoing.end(JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "who is it" }] }));
        return;
      }
      const name = request.method === "POST" ? "access_token" : "token";
      outgoing.writeHead(200, { "content-type": "application/json" });
      const expires_in = behaviour.seconds;
      outgoing.end(JSON.stringify({ [name]: token(request.scopes), expires_in }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const realm = `http://127.0.0.1:${address.port}/token`;
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { realm, issuer, service, requests, behaviour, stop };
}

async function readForm(incoming: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  if (incoming.method === "POST") return new URLSearchParams(Buffer.concat(chunks).toString());
  return new URL(incoming.url ?? "", "http://tests").searchParams;
}
