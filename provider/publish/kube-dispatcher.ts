import { createHash } from "node:crypto";
import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";
import { StylusError } from "../spec/errors";
import { extraAuthorities } from "../system/http";
import type { KubeContext } from "./kube-config";
import type { KubeCredentials } from "./kube-exec";

const connectTimeout = 30_000;
/** To one cluster, however many images are asked about at once; what is more waits for its turn. */
const mostConnections = 16;

const dispatchers = new Map<string, Promise<Dispatcher>>();

/** Connections to a cluster; all images of a process that enter it as the same user share them. */
export function kubeDispatcher(
  context: KubeContext,
  authority: string | undefined,
  { certificate, key }: KubeCredentials,
): Promise<Dispatcher> {
  const proxy = proxyOf(context);
  const { "tls-server-name": servername, "insecure-skip-tls-verify": isInsecure } = context.cluster;
  // A cluster's own authority stands alone; without one the usual ones do, as for every other server.
  const usual = [...getCACertificates(), ...extraAuthorities()];
  const tls = {
    timeout: connectTimeout,
    ca: authority ?? usual,
    rejectUnauthorized: !isInsecure,
    ...(servername !== undefined && { servername }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  };
  const name = createHash("sha256")
    .update(JSON.stringify([proxy, tls]))
    .digest("hex");
  const dispatcher = dispatchers.get(name) ?? open(proxy, tls, usual);
  dispatchers.set(name, dispatcher);
  return dispatcher;
}

interface Proxy {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** The one of the kubeconfig, which knows no exception, else that of the environment. */
function proxyOf({ cluster, name }: KubeContext): Proxy {
  const own = cluster["proxy-url"];
  const env = process.env;
  if (own === undefined) {
    return {
      httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
      httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
      noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
    };
  }
  if (/^https?:\/\//.test(own) && URL.canParse(own)) {
    return { httpProxy: own, httpsProxy: own, noProxy: "" };
  }
  throw new StylusError("publish.failed", {
    what: `The \`proxy-url\` of ${name} is neither an http nor an https address.`,
    why: "Other kinds of proxies, such as SOCKS, are not spoken here.",
    next: "Name an HTTP proxy there.",
  });
}

async function open(proxy: Proxy, tls: object, usual: string[]): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  return new EnvHttpProxyAgent({
    ...proxy,
    proxyTunnel: false,
    connections: mostConnections,
    connect: tls,
    requestTls: tls,
    proxyTls: { timeout: connectTimeout, ca: usual },
  });
}
