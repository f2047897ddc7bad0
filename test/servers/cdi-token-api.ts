import {
  constants,
  createPrivateKey,
  createSign,
  createVerify,
  generateKeyPairSync,
} from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { z } from "zod";
import { makeAuthority } from "./authority";
import type { KubeApiServer } from "./kube-apiserver";

const group = "upload.cdi.kubevirt.io";
const issuer = "cdi-apiserver";
/** Additional time for which the proxy accepts a token. */
const leeway = 10;

const request = z.object({ metadata: z.looseObject({}), spec: z.object({ pvcName: z.string() }) });
const review = z.object({ status: z.object({ allowed: z.boolean() }) });
const claims = z.object({
  operation: z.literal("Upload"),
  name: z.string().min(1),
  namespace: z.string().min(1),
  resource: z.object({ resource: z.literal("persistentvolumeclaims") }),
  iss: z.literal(issuer),
  exp: z.number(),
});
export type UploadClaims = z.infer<typeof claims>;

export interface TokenApi {
  /** Lifetime in seconds of the tokens issued from now on. In CDI: 300. */
  seconds: number;
  /** Number of issued tokens. */
  readonly given: number;
  /** The content of a token as the upload proxy reads it; undefined if the token is invalid. */
  verify(token: string): UploadClaims | undefined;
  stop(): Promise<void>;
}

/**
 * The part of CDI's API server that issues upload tokens. The real API server aggregates it, and authenticates and
 * authorizes each request first. It requires the front proxy's certificate, reviews the access itself, and signs with
 * PS256.
 */
export async function startTokenApi(kube: KubeApiServer, folder: string): Promise<TokenApi> {
  const service = { namespace: "cdi", name: "cdi-api" };
  const authority = await makeAuthority(folder);
  const names = [`DNS:${service.name}.${service.namespace}.svc`];
  const tls = await authority.certify("cdi-api", undefined, names);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const signing = createPrivateKey(privateKey.export({ type: "pkcs1", format: "pem" }));
  const padding = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  let given = 0;

  const sign = (payload: object): string => {
    const now = Math.floor(Date.now() / 1000);
    const times = { iss: issuer, iat: now, nbf: now, exp: now + api.seconds };
    const parts = [{ alg: "PS256" }, { ...payload, ...times }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    given += 1;
    const signature = createSign("sha256")
      .update(parts)
      .sign({ key: signing, ...padding });
    return `${parts}.${signature.toString("base64url")}`;
  };

  async function mayCreate(incoming: IncomingMessage, namespace: string): Promise<boolean> {
    // The user headers are trusted only in a request with the front proxy's certificate.
    if (!(incoming.socket instanceof TLSSocket && incoming.socket.authorized)) return false;
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: incoming.headers["x-remote-user"],
        groups: incoming.headersDistinct["x-remote-group"],
        resourceAttributes: { namespace, verb: "create", group, resource: "uploadtokenrequests" },
      },
    };
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    return review.parse((await kube.call("POST", path, { body })).body).status.allowed;
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = new URL(incoming.url ?? "/", "https://cdi").pathname;
    const send = (status: number, body: unknown): void => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    const version = { groupVersion: `${group}/v1beta1`, version: "v1beta1" };
    const [, namespace] =
      /^\/apis\/[^/]+\/v1beta1\/namespaces\/([^/]+)\/uploadtokenrequests$/.exec(path) ?? [];
    if (path === `/apis/${group}`) {
      const versions = [version];
      send(200, { kind: "APIGroup", name: group, versions, preferredVersion: version });
    } else if (path.replace(/\/$/, "") === `/apis/${group}/v1beta1`) {
      send(200, {
        kind: "APIResourceList",
        apiVersion: "v1",
        groupVersion: version.groupVersion,
        resources: [
          {
            name: "uploadtokenrequests",
            singularName: "uploadtokenrequest",
            namespaced: true,
            kind: "UploadTokenRequest",
            verbs: ["create"],
          },
        ],
      });
    } else if (namespace === undefined || incoming.method !== "POST") {
      send(404, "404: Page Not Found");
    } else if (!(await mayCreate(incoming, namespace))) {
      send(401, "request is not authenticated");
    } else {
      const object = request.parse(JSON.parse(await text(incoming)));
      const token = sign({
        operation: "Upload",
        name: object.spec.pvcName,
        namespace,
        resource: { group: "", version: "v1", resource: "persistentvolumeclaims" },
      });
      send(200, { ...object, status: { token } });
    }
  }

  const options = { key: tls.key, cert: tls.certificate, ca: kube.frontProxyCa };
  const server = createServer(
    { ...options, requestCert: true, rejectUnauthorized: false },
    (incoming, outgoing) => void answer(incoming, outgoing),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  await register(kube, service, authority.certificate, address.port);

  const api: TokenApi = {
    seconds: 300,
    get given() {
      return given;
    },
    verify: (token) => {
      const [head = "", payload = "", signature = ""] = token.split(".");
      const bytes = Buffer.from(signature, "base64url");
      const verifier = createVerify("sha256").update(`${head}.${payload}`);
      if (!verifier.verify({ key: publicKey, ...padding }, bytes)) return undefined;
      const parsed = claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
      return parsed.exp + leeway < Date.now() / 1000 ? undefined : parsed;
    },
    stop: async () => {
      await kube.call("DELETE", `${apiServices}/v1beta1.${group}`);
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return api;
}

const apiServices = "/apis/apiregistration.k8s.io/v1/apiservices";

/** Registers the API as CDI's operator does, except that the service is a name outside the cluster. */
async function register(
  kube: KubeApiServer,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  ca: string,
  port: number,
): Promise<void> {
  await kube.call("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
  const service = {
    metadata: { name },
    spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
  };
  await kube.call("DELETE", `/api/v1/namespaces/${namespace}/services/${name}`);
  await kube.call("POST", `/api/v1/namespaces/${namespace}/services`, { body: service });
  const body = {
    metadata: { name: `v1beta1.${group}` },
    spec: {
      group,
      version: "v1beta1",
      service: { namespace, name, port },
      caBundle: Buffer.from(ca).toString("base64"),
      groupPriorityMinimum: 1000,
      versionPriority: 15,
    },
  };
  const { status, body: said } = await kube.call("POST", apiServices, { body });
  if (status !== 201) throw new Error(`no APIService: ${JSON.stringify(said)}`);
  for (;;) {
    const { body: found } = await kube.call("GET", `${apiServices}/v1beta1.${group}`);
    if (/"type":"Available"/.test(JSON.stringify(found)) && isAvailable(found)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function isAvailable(service: unknown): boolean {
  const condition = z.object({ type: z.string(), status: z.string() });
  const parsed = z
    .object({ status: z.object({ conditions: z.array(condition) }) })
    .safeParse(service);
  return (
    parsed.data?.status.conditions.some((it) => it.type === "Available" && it.status === "True") ??
    false
  );
}
