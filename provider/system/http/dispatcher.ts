import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { getCACertificates, type ConnectionOptions } from "node:tls";
import type { Dispatcher } from "undici";
import { lazy, memo } from "../../base/memo";

const connectTimeout = 30_000;

/** To one server, however many images are asked about at once; what is more waits for its turn. */
const mostConnections = 48;

/** Addresses of proxies, and the hosts that are reached without; empty where there is none. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

type Tls = Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;

/** How servers are reached. */
export interface Way {
  /** Those of the environment unless given. */
  readonly proxies?: Proxies;
  /** What a server is trusted by, and is shown. */
  readonly tls: Tls;
  /** The same of a proxy; as of a server unless given. */
  readonly proxyTls?: Tls;
  readonly mostConnections?: number;
}

const dispatchers = memo<Promise<Dispatcher>>();

/** One pool of connections for all that goes the same way in this process. */
export function openDispatcher(way: Way): Promise<Dispatcher> {
  const whole = { proxies: environmentProxies(), proxyTls: way.tls, mostConnections, ...way };
  // A way may hold a private key.
  const name = createHash("sha256").update(JSON.stringify(whole)).digest("hex");
  return dispatchers.get(name, () => makeDispatcher(whole));
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case, as they are at this moment. */
export function environmentProxies(): Proxies {
  const env = process.env;
  return {
    httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
    httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
  };
}

/** The usual CAs, and these besides. */
export function trusting(authorities: readonly string[]): Pick<Tls, "ca"> {
  return authorities.length === 0 ? {} : { ca: [...getCACertificates(), ...authorities] };
}

/** Certificates that the user adds; an unreadable file counts as none, as it does for Node. */
export function extraAuthorities(...more: readonly string[]): readonly string[] {
  return ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", ...more].flatMap((name) => {
    const path = process.env[name];
    if (path === undefined || path === "") return [];
    try {
      return [readFileSync(path, "utf8")];
    } catch {
      return [];
    }
  });
}

async function makeDispatcher(way: Required<Way>): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import("undici");
  const { httpProxy, httpsProxy, noProxy } = way.proxies;
  const tls = { timeout: connectTimeout, ...way.tls };
  const open = (proxies: Pick<Proxies, "httpProxy" | "httpsProxy">): Dispatcher =>
    new EnvHttpProxyAgent({
      ...proxies,
      noProxy,
      // Plain http goes to a proxy as an absolute URL: many refuse CONNECT to port 80.
      proxyTunnel: false,
      connections: way.mostConnections,
      connect: tls,
      requestTls: tls,
      proxyTls: { timeout: connectTimeout, ...way.proxyTls },
    });
  // undici would send https through HTTP_PROXY; curl, Go and everybody else do not. Each is made when it is needed:
  // an address that is none is of no account to those who do not go there.
  const plain = lazy(() => open({ httpProxy, httpsProxy: "" }));
  const secure = lazy(() => open({ httpProxy: "", httpsProxy }));
  return new Agent().compose(() => (request, handler) => {
    const isSecure = String(request.origin).startsWith("https:");
    const dispatcher = isSecure ? secure() : plain();
    return dispatcher.dispatch(request, handler);
  });
}
