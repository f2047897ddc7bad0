import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { getCACertificates, type ConnectionOptions } from "node:tls";
import type { Dispatcher } from "undici";
import { lazy, memo } from "../../base/memo";

const connectTimeout = 30_000;

/** Connections to one server; further requests wait. */
const maxConnections = 48;

/** Addresses of proxies, and the hosts to connect to directly; empty strings for none. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

type Tls = Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;

/** How to connect to servers. */
export interface Route {
  /** Default: those of the environment. */
  readonly proxies?: Proxies;
  /** The CAs for the server's certificate, and the client certificate. */
  readonly tls: Tls;
  /** The same for the proxy; default: as for the server. */
  readonly proxyTls?: Tls;
  readonly maxConnections?: number;
}

const dispatchers = memo<Promise<Dispatcher>>();

/** The connection pool for a route: one for all requests of the process that use the same route. */
export function openDispatcher(route: Route): Promise<Dispatcher> {
  const whole = { proxies: environmentProxies(), proxyTls: route.tls, maxConnections, ...route };
  // Hashed because a route may contain a private key.
  const name = createHash("sha256").update(JSON.stringify(whole)).digest("hex");
  return dispatchers.get(name, () => makeDispatcher(whole));
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case, as they are now. */
export function environmentProxies(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Proxies {
  return {
    httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
    httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
  };
}

/** Trusts these CAs (PEM) in addition to the usual ones. */
export function trusting(authorities: readonly string[]): Pick<Tls, "ca"> {
  return authorities.length === 0 ? {} : { ca: [...getCACertificates(), ...authorities] };
}

/** The CA files (PEM) in NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and `more` variables; unreadable files are skipped, as Node does. */
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

async function makeDispatcher(route: Required<Route>): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import("undici");
  const { httpProxy, httpsProxy, noProxy } = route.proxies;
  const tls = { timeout: connectTimeout, ...route.tls };
  const open = (proxies: Pick<Proxies, "httpProxy" | "httpsProxy">): Dispatcher =>
    new EnvHttpProxyAgent({
      ...proxies,
      noProxy,
      // Plain HTTP is sent to the proxy with an absolute URL: many proxies reject CONNECT to port 80.
      proxyTunnel: false,
      connections: route.maxConnections,
      connect: tls,
      requestTls: tls,
      proxyTls: { timeout: connectTimeout, ...route.proxyTls },
    });
  // undici alone would send https through HTTP_PROXY, which curl, Go and other clients do not do. Each agent is made on
  // first use: an invalid address of an unused proxy does no harm.
  const plain = lazy(() => open({ httpProxy, httpsProxy: "" }));
  const secure = lazy(() => open({ httpProxy: "", httpsProxy }));
  return new Agent().compose(() => (request, handler) => {
    const isSecure = String(request.origin).startsWith("https:");
    const dispatcher = isSecure ? secure() : plain();
    return dispatcher.dispatch(request, handler);
  });
}
