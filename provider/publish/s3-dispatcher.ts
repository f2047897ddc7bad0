import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";

const connectTimeout = 30_000;

/** To one server, however many images are asked about at once; what is more waits for its turn. */
const mostConnections = 48;

const dispatchers = new Map<string, Promise<Dispatcher>>();

/**
 * Connections that honour proxies and private CAs, as the environment says at this moment, and trust the authorities
 * given besides (PEM). All clients of a process share them.
 */
export function openDispatcher(authority?: string): Promise<Dispatcher> {
  const names = [...proxyVariables, ...authorityVariables];
  const surroundings = JSON.stringify([authority, ...names.map((name) => process.env[name])]);
  const dispatcher = dispatchers.get(surroundings) ?? makeDispatcher(authority);
  dispatchers.set(surroundings, dispatcher);
  return dispatcher;
}

const proxyVariables = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [
  name,
  name.toUpperCase(),
]);
const authorityVariables = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "AWS_CA_BUNDLE"];

async function makeDispatcher(authority: string | undefined): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  const env = process.env;
  const connect = { timeout: connectTimeout, ...authorities(authority) };
  return new EnvHttpProxyAgent({
    // undici would send https through HTTP_PROXY; curl, Go and everybody else do not.
    httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
    httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
    // Plain http goes to a proxy as an absolute URL: many refuse CONNECT to port 80.
    proxyTunnel: false,
    connections: mostConnections,
    connect,
    requestTls: connect,
    proxyTls: connect,
  });
}

/** The usual CAs and those of the user; an unreadable file counts as none, as it does for Node. */
function authorities(authority: string | undefined): { readonly ca?: string[] } {
  const named = authorityVariables.flatMap((name) => {
    const path = process.env[name];
    if (path === undefined || path === "") return [];
    try {
      return [readFileSync(path, "utf8")];
    } catch {
      return [];
    }
  });
  const extra = authority === undefined ? named : [...named, authority];
  return extra.length === 0 ? {} : { ca: [...getCACertificates(), ...extra] };
}
