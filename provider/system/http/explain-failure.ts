import type { NetworkFailure } from "./network-failure";

/** A server as the user configured it, for messages. */
export interface Endpoint {
  /** The server's address, or one below it. */
  readonly url: URL;
  /** The setting that holds it, such as "the target's `url`". */
  readonly setting: string;
  /** A setting for a private CA besides the environment, such as "the target's `caFile`". */
  readonly caSetting?: string;
  /** A whole sentence in place of the advice on private CAs. */
  readonly trust?: string;
  /** How to use http instead of https, as a clause; default: write `http://` in the setting. */
  readonly useHttp?: string;
  /** How to use https instead of http, as a clause; default: write `https://` in the setting. */
  readonly useHttps?: string;
  /** A setting for a proxy besides the environment, such as "`proxy-url`". */
  readonly proxySetting?: string;
}

interface Explanation {
  readonly why: string;
  readonly next: string;
}

/** Why a request got no response, and the next step; `kept` is a clause on the data sent so far. */
export function explain(
  failure: NetworkFailure,
  endpoint: Endpoint,
  kept: string | undefined,
): Explanation {
  const { url, setting } = endpoint;
  const proxies = [endpoint.proxySetting, "HTTP_PROXY, HTTPS_PROXY and NO_PROXY"]
    .filter((name) => name !== undefined)
    .join(", ");
  const again = kept === undefined ? "run again" : `run again; ${kept}`;
  const check = `Check ${setting}, the network, and ${proxies}, and ${again}.`;
  const useHttp =
    endpoint.useHttp ??
    `write http:// instead of https:// in ${setting} (on a trusted network only)`;
  const useHttps = endpoint.useHttps ?? `write https:// instead of http:// in ${setting}`;
  switch (failure.kind) {
    case "unknown-host":
      return {
        why: `The name server of this machine does not know ${failure.hostname === undefined ? "this name" : `"${failure.hostname}"`}.`,
        next: `Check the host name in ${setting} and in ${proxies}, and the name resolution of this machine, and ${again}.`,
      };
    case "no-name-server":
      return { why: "The name server of this machine did not answer.", next: check };
    case "refused":
      return {
        why: "Nothing accepts connections at this address and port.",
        next: `Check that the server runs, and host and port in ${setting} and in ${proxies}, and ${again}.`,
      };
    case "no-route":
      return { why: "This machine has no route to that address.", next: check };
    case "connect-timeout":
      return {
        why: "No connection was established in time: the host is down, or a firewall drops the packets.",
        next: check,
      };
    case "response-timeout":
      return { why: "The server sent nothing for too long.", next: check };
    case "connection-lost": {
      // A server that expects TLS may close plain HTTP without a word.
      const mayExpectTls = url.protocol === "http:" && failure.reason === "other side closed";
      return {
        why: "The server, or a device on the way, closed the connection before the response was complete.",
        next: mayExpectTls ? `${check} If the server expects https, ${useHttps}.` : check,
      };
    }
    case "not-http":
      return {
        why: `The server at ${url.host} does not speak HTTP.`,
        next: `Correct the port in ${setting}; if the server expects https, ${useHttps}.`,
      };
    case "not-tls":
      return {
        why: `${url.host} does not answer in TLS, most likely because it speaks plain HTTP.`,
        next: sentence(useHttp),
      };
    case "tls-expected":
      return {
        why: `${url.host} expects https, and the request used plain HTTP.`,
        next: sentence(useHttps),
      };
    case "tls-handshake":
      return {
        why: "The server and this machine found no TLS version or cipher that both support.",
        next: "Update the server or its TLS settings: TLS 1.2 or 1.3 is required.",
      };
    case "client-certificate":
      return {
        why: "The server requires a client certificate, or rejects the one that was sent.",
        next: `Check the client certificate, or correct ${setting}.`,
      };
    case "certificate-expired":
      return {
        why: `The server's certificate has expired, or the clock of this machine is wrong: it shows ${now()}. Nothing was sent.`,
        next: "Renew the certificate, or set the clock, and run again.",
      };
    case "certificate-not-yet-valid":
      return {
        why: `The server's certificate is not valid yet, or the clock of this machine is wrong: it shows ${now()}. Nothing was sent.`,
        next: "Set the clock of this machine, or of the machine that made the certificate, and run again.",
      };
    case "certificate-name":
      return {
        why: `The server's certificate is for another name than ${url.hostname}. Nothing was sent.`,
        next: `Use a name in ${setting} that the certificate is for, or make a certificate for this name.`,
      };
    case "certificate-untrusted":
      return {
        why: "This machine does not trust the server's certificate: its certificate authority (CA) is unknown here. Nothing was sent.",
        next: endpoint.trust ?? trustAdvice(endpoint),
      };
    case "proxy-login":
    case "proxy":
      return {
        why: "The proxy did not connect to the server.",
        next: `Check ${proxies}, and the proxy's rules, and ${again}.`,
      };
    case "other":
      return { why: "No response arrived.", next: check };
  }
}

function trustAdvice({ caSetting }: Endpoint): string {
  const settings = [caSetting, "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"].filter(
    (it) => it !== undefined,
  );
  return `Name the PEM file of your private CA in ${settings.slice(0, -1).join(", ")} or ${settings.at(-1) ?? ""}, and run again.`;
}

function sentence(clause: string): string {
  return `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`;
}

function now(): string {
  return new Date().toISOString();
}
