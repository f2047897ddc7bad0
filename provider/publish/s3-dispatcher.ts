import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";

const connectTimeout = 30_000;

/** Connections that honour proxies and private CAs, as the environment says at this moment. */
export async function openDispatcher(): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  const env = process.env;
  const connect = { timeout: connectTimeout, ...authorities() };
  return new EnvHttpProxyAgent({
    // undici would send https through HTTP_PROXY; curl, Go and everybody else do not.
    httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
    httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
    // Plain http goes to a proxy as an absolute URL: many refuse CONNECT to port 80.
    proxyTunnel: false,
    connect,
    requestTls: connect,
    proxyTls: connect,
  });
}

/** The usual CAs and those of the user; an unreadable file counts as none, as it does for Node. */
function authorities(): { readonly ca?: string[] } {
  const extra = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "AWS_CA_BUNDLE"].flatMap((name) => {
    const path = process.env[name];
    if (path === undefined || path === "") return [];
    try {
      return [readFileSync(path, "utf8")];
    } catch {
      return [];
    }
  });
  return extra.length === 0 ? {} : { ca: [...getCACertificates(), ...extra] };
}
