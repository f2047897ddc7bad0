import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import type { Proxies } from "../../../system/http/dispatcher";

/** The proxy for an https server; undefined if it is to be connected to directly. */
export function proxyFor(
  host: string,
  port: number,
  { httpsProxy, noProxy }: Pick<Proxies, "httpsProxy" | "noProxy">,
): URL | undefined {
  if (httpsProxy === "" || isExcepted(host, port, noProxy)) return undefined;
  const url = URL.parse(httpsProxy.includes("://") ? httpsProxy : `http://${httpsProxy}`);
  // Node's own error would quote the URL with its credentials.
  if (url === null) throw new Error("HTTPS_PROXY is not a URL");
  return url;
}

function isExcepted(host: string, port: number, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, name = "", only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (name === "" || (only !== undefined && Number(only) !== port)) return false;
    return host === name || host.endsWith(`.${name}`);
  });
}

/** Opens a tunnel through the proxy. */
export function openTunnel(
  proxy: URL,
  authority: string,
  timeout: number,
  onOpen: (error: Error | null, socket: Socket | null) => void,
): void {
  const request = (proxy.protocol === "https:" ? secureRequest : plainRequest)({
    host: proxy.hostname,
    port: proxy.port === "" ? (proxy.protocol === "https:" ? 443 : 80) : proxy.port,
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...authorization(proxy) },
    agent: false,
    timeout,
  });
  request.once("connect", ({ statusCode = 0 }, socket) => {
    if (statusCode === 200) {
      onOpen(null, socket);
      return;
    }
    socket.destroy();
    onOpen(new ProxyStatusError(statusCode), null);
  });
  request.once("timeout", () => {
    const error = new Error(`the proxy ${proxy.host} does not respond`);
    request.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
  });
  request.once("error", (error) => onOpen(error, null));
  request.end();
}

/** The proxy did not open a tunnel. */
class ProxyStatusError extends Error {
  constructor(status: number) {
    // The text of undici's proxy agent, by which `networkFailure` recognizes the error.
    super(`Proxy response (${status}) !== 200 when HTTP Tunneling`);
    this.name = "ProxyStatusError";
  }
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}
